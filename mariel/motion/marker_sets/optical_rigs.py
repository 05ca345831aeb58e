"""Rigs of optical markers, declared: which markers are on each rigid part of the body.

- Plug-in Gait: the 39 markers of Vicon's full-body model (*Plug-in Gait Reference Guide*, "Full body modeling").
- CMU 41: the markers of the Carnegie Mellon University motion capture database (mocap.cs.cmu.edu, marker placement
  guide).
- Optical 28: the markers of the MoCap Toolbox's demo data (Burger & Toiviainen, *MoCap Toolbox*, SMC 2013).
"""

from mariel.motion.marker_sets.rig import MarkerRig

_HEAD_BONES = "LFHD-RFHD RFHD-RBHD RBHD-LBHD LBHD-LFHD"

PLUG_IN_GAIT = MarkerRig(
    "Plug-in Gait",
    """
    pelvis: LASI RASI LPSI RPSI ?SACR ?LPSIS ?RPSIS
    chest < pelvis: C7 T10 CLAV STRN RBAK
    head < chest @ CLAV C7: LFHD RFHD LBHD RBHD
    *_shoulder < chest @ CLAV: *SHO
    *_upper_arm < *_shoulder @ *SHO: *UPA *ELB ?*ELBM
    *_forearm < *_upper_arm @ *ELB: *FRM *WRA *WRB
    *_hand < *_forearm @ *WRA *WRB: *FIN
    *_thigh < pelvis @ *ASI *PSI: *THI *KNE ?*KNM ?*KNEM
    *_shank < *_thigh @ *KNE: *TIB *ANK ?*ANM ?*MED
    *_foot < *_shank @ *ANK: *HEE *TOE ?*MT1 ?*MT5
    """,
    f"""
    {_HEAD_BONES} CLAV+C7-LFHD+RFHD+LBHD+RBHD CLAV-STRN C7-T10 CLAV+C7-*SHO *SHO-*ELB *ELB-*WRA+*WRB *WRA-*WRB
    *WRA+*WRB-*FIN LASI-RASI LPSI-RPSI *ASI-*PSI LASI+RASI+LPSI+RPSI-STRN+T10 STRN+T10-CLAV+C7
    *ASI+*PSI-*KNE *KNE-*ANK *ANK-*HEE *HEE-*TOE *ANK-*TOE
    """,
)

CMU_41 = MarkerRig(
    "CMU",
    """
    pelvis: LFWT RFWT LBWT RBWT
    chest < pelvis: C7 T10 CLAV STRN RBAC
    head < chest @ CLAV C7: LFHD RFHD LBHD RBHD
    *_shoulder < chest @ CLAV: *SHO
    *_upper_arm < *_shoulder @ *SHO: *UPA *ELB
    *_forearm < *_upper_arm @ *ELB: *FRM *WRA *WRB
    *_hand < *_forearm @ *WRA *WRB: *FIN ?*THM
    *_thigh < pelvis @ *FWT *BWT: *THI *KNE
    *_shank < *_thigh @ *KNE: *SHN *ANK
    *_foot < *_shank @ *ANK: *HEE *TOE *MT5 ?*MT1
    """,
    f"""
    {_HEAD_BONES} CLAV+C7-LFHD+RFHD+LBHD+RBHD CLAV-STRN C7-T10 CLAV+C7-*SHO *SHO-*ELB *ELB-*WRA+*WRB *WRA-*WRB
    *WRA+*WRB-*FIN LFWT-RFWT LBWT-RBWT *FWT-*BWT LFWT+RFWT+LBWT+RBWT-STRN+T10 STRN+T10-CLAV+C7
    *FWT+*BWT-*KNE *KNE-*ANK *ANK-*HEE *HEE-*MT5 *MT5-*TOE *ANK-*TOE
    """,
)

OPTICAL_28 = MarkerRig(
    "optical 28",
    """
    pelvis: Hip_FL Hip_FR Hip_BL Hip_BR
    chest < pelvis: Spine Sternum
    head < chest @ Shoulder_L Shoulder_R: Head_FL Head_FR Head_BL Head_BR
    *_shoulder < chest @ Sternum Spine: Shoulder_*
    *_upper_arm < *_shoulder @ Shoulder_*: Elbow_*
    *_forearm < *_upper_arm @ Elbow_*: Radius_* Ulna_*
    *_hand < *_forearm @ Radius_* Ulna_*: Finger_*
    *_thigh < pelvis @ Hip_F* Hip_B*: Knee_*
    *_shank < *_thigh @ Knee_*: Ankle_*
    *_foot < *_shank @ Ankle_*: BigToe_* Pinkie_*
    """,
    """
    Head_FL-Head_FR Head_FR-Head_BR Head_BR-Head_BL Head_BL-Head_FL Spine+Sternum-Head_BL+Head_BR
    Sternum-Shoulder_* Spine-Shoulder_* Shoulder_*-Elbow_* Elbow_*-Radius_*+Ulna_* Radius_*-Ulna_*
    Radius_*+Ulna_*-Finger_* Hip_FL-Hip_FR Hip_BL-Hip_BR Hip_F*-Hip_B* Hip_FL+Hip_FR-Sternum Hip_BL+Hip_BR-Spine
    Hip_F*+Hip_B*-Knee_* Knee_*-Ankle_* Ankle_*-BigToe_* Ankle_*-Pinkie_* BigToe_*-Pinkie_*
    """,
)

MARKER_RIGS = (PLUG_IN_GAIT, CMU_41, OPTICAL_28)
"""The rigs of optical markers that are known by their labels."""
