"""Browse: pick a take, pick a phrase of it on the timeline, watch it."""

import streamlit as st

from mariel.app.browse.browse_view import show_facts, show_marker, show_phrase_row, show_timeline
from mariel.app.shell.layout import open_page, page_title
from mariel.app.widgets.downloads import show_take_home
from mariel.app.widgets.pickers import pick_phrase, pick_take, pick_view, shown_positions
from mariel.app.widgets.player import show_player
from mariel.app.widgets.recordings import DEMO_NOTICE, choose_recordings, profile_of, quality_of
from mariel.export.html import take_credit
from mariel.motion.recording import format_duration
from mariel.stage.scene import Dancer, Scene

open_page()
recordings = choose_recordings()
take = pick_take(recordings)
view = pick_view(take)

page_title(
    take.name.replace("_", " "),
    f"{format_duration(take.duration)} · {len(take):,} frames · {len(take.marker_set)} markers · {take.fps:g} fps",
)
if take.synthetic:
    st.caption(f":material/smart_toy: {DEMO_NOTICE}")

stage, facts = st.columns([3.4, 1], gap="medium")
timeline_place = st.container()
profile = profile_of(take)
phrase = pick_phrase(take, profile)
first_frame = phrase.start - take.start

with stage:
    dancer = Dancer(shown_positions(phrase, view), phrase.marker_set, skeleton=view.skeleton)
    scene = Scene([dancer], fps=take.fps, trails=view.trails, title=f"{take.name} from frame {first_frame:,}")
    state = show_player(scene, key="browse", height=500, autoplay=True, address="camera")
    show_take_home(scene, name=scene.title, credit=take_credit(take, phrase), camera=state.camera)
with facts:
    show_facts(phrase, quality_of(phrase), first_frame)
    show_marker(phrase, state.selected)
with timeline_place:
    show_timeline(take, profile, phrase)

show_phrase_row(take, phrase, view)
