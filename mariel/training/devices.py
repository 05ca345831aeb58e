"""Where a model is trained, and in which precision."""

import os

import torch

from mariel.errors import SettingsError


def pick_device(wanted: str = "auto") -> torch.device:
    """CUDA, then Apple's MPS, then the processor; or the one that is named.

    Raises:
        SettingsError: the device that is named is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        wanted = next(name for name, available in there.items() if available)
    elif not there.get(wanted, False):
        raise SettingsError(f"--device {wanted} is not available on this machine")
    if wanted == "cuda":
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    return torch.device(wanted)


def pick_precision(wanted: str, device: torch.device) -> torch.dtype:
    """bfloat16 where the device computes in it faster than in float32, or as asked for.

    Processors without bfloat16 instructions cannot run LSTMs in it at all.

    Raises:
        SettingsError: bfloat16 is asked for where there is none.
    """
    able = has_bfloat16(device)
    if wanted == "bfloat16" and not able:
        raise SettingsError(f"--precision bfloat16 is not available on this {describe_device(device)}")
    return torch.bfloat16 if able and wanted != "float32" else torch.float32


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def describe_device(device: torch.device) -> str:
    """The device for people: a GPU's name, or how many processor threads are used."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    threads = torch.get_num_threads()
    return f"processor, {threads} thread{'s' * (threads > 1)}"


def memory_in_use(device: torch.device) -> int:
    """Bytes in use on the device by this program; on a processor, of the whole process where the system tells."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    if device.type == "mps":
        return torch.mps.current_allocated_memory()
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
