"""Where a model computes: the device, its threads, and whether it multiplies in bfloat16."""

import os

import torch


def best_device() -> torch.device:
    """CUDA or MPS where there is one, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def usual_threads() -> int:
    """How many threads a training computes with: OMP_NUM_THREADS if set, else half of the processors.

    With as many threads as processors an epoch takes hundreds of times as long as soon as anything else
    runs, since every step waits for the thread that was put aside; half of them are nearly as fast alone.
    """
    configured = os.environ.get("OMP_NUM_THREADS")
    return torch.get_num_threads() if configured else max((os.cpu_count() or 1) // 2, 1)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16 products: twice as fast there, slower elsewhere."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    known = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return bool(known.get("avx512_bf16") or known.get("amx_bf16"))
