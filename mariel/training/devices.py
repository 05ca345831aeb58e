"""The device a model is trained on, and the floating-point precision."""

import os

import torch

from mariel.errors import SettingsError


def pick_device(requested: str = "auto") -> torch.device:
    """The requested device; for "auto" the first available of CUDA, Apple's MPS and the processor.

    Raises:
        SettingsError: the requested device is not available.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if requested == "auto":
        requested = next(name for name, is_available in available.items() if is_available)
    elif not available.get(requested, False):
        raise SettingsError(f"--device {requested} is not available on this machine")
    if requested == "cuda":
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    return torch.device(requested)


def pick_precision(requested: str, device: torch.device) -> torch.dtype:
    """The requested precision; for "auto" bfloat16 where the device supports it, else float32.

    Processors without bfloat16 instructions cannot run LSTMs in bfloat16 at all.

    Raises:
        SettingsError: bfloat16 is requested and the device does not support it.
    """
    supported = has_bfloat16(device)
    if requested == "bfloat16" and not supported:
        raise SettingsError(f"--precision bfloat16 is not available on this {describe_device(device)}")
    return torch.bfloat16 if supported and requested != "float32" else torch.float32


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device supports bfloat16 in hardware."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def describe_device(device: torch.device) -> str:
    """The device's name for display: a GPU's name, or the number of processor threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    threads = torch.get_num_threads()
    return f"processor, {threads} thread{'s' * (threads > 1)}"


def memory_in_use(device: torch.device) -> int:
    """Bytes this program uses on the device; on a processor, the process's resident memory (Linux; else 0)."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    if device.type == "mps":
        return torch.mps.current_allocated_memory()
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
