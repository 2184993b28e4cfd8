"""A fence around worker processes on Windows, where a process has no limits of its own: a job
object that caps the memory of each, and ends them all when the coordinator is gone, however it
ended.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes
    from uuid import uuid4

    _ASSIGN_PROCESS = 0x0001
    _LIMIT_PROCESS_MEMORY = 0x0100
    _KILL_ON_JOB_CLOSE = 0x2000
    _EXTENDED_LIMITS = 9

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("process_time", wintypes.LARGE_INTEGER),
            ("job_time", wintypes.LARGE_INTEGER),
            ("flags", wintypes.DWORD),
            ("smallest_working_set", ctypes.c_size_t),
            ("largest_working_set", ctypes.c_size_t),
            ("processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority", wintypes.DWORD),
            ("scheduling", wintypes.DWORD),
        )

    class _Limits(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION; memory in bytes."""

        _fields_ = (
            ("basic", _BasicLimits),
            ("input_and_output", ctypes.c_ulonglong * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("process_peak", ctypes.c_size_t),
            ("job_peak", ctypes.c_size_t),
        )

    def _kernel() -> ctypes.WinDLL:
        """Return the kernel's functions, with the handles that they give as wide as they are."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        for function in (kernel.CreateJobObjectW, kernel.OpenJobObjectW, kernel.GetCurrentProcess):
            function.restype = wintypes.HANDLE
        kernel.CreateJobObjectW.argtypes = (wintypes.LPVOID, wintypes.LPCWSTR)
        kernel.OpenJobObjectW.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR)
        kernel.SetInformationJobObject.argtypes = (
            wintypes.HANDLE,
            ctypes.c_int,
            wintypes.LPVOID,
            wintypes.DWORD,
        )
        kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
        kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
        return kernel

    @contextmanager
    def fenced(memory: int) -> Iterator[str]:
        """Put up a fence for workers of so many bytes each, and hand out its name for `enter`.

        Only the coordinator keeps it open: the workers end when it is taken down, or when the
        coordinator ends. Where the system refuses, the name is empty and nothing is fenced.
        """
        kernel, name = _kernel(), f"Local\\evalbatch-{uuid4().hex}"
        fence = kernel.CreateJobObjectW(None, name)
        limits = _Limits()
        limits.basic.flags = _KILL_ON_JOB_CLOSE | _LIMIT_PROCESS_MEMORY
        limits.process_memory = memory
        size = ctypes.sizeof(limits)
        stands = fence and kernel.SetInformationJobObject(
            fence, _EXTENDED_LIMITS, ctypes.byref(limits), size
        )
        try:
            yield name if stands else ""
        finally:
            if fence:
                kernel.CloseHandle(fence)

    def enter(name: str) -> None:
        """Put this process inside a fence.

        Raises:
            OSError: the fence is gone, and the coordinator with it.
        """
        if not name:
            return
        kernel = _kernel()
        fence = kernel.OpenJobObjectW(_ASSIGN_PROCESS, 0, name)
        if not fence:
            raise ctypes.WinError(ctypes.get_last_error())
        kernel.AssignProcessToJobObject(fence, kernel.GetCurrentProcess())
        kernel.CloseHandle(fence)  # else this process itself would keep the fence up

else:

    @contextmanager
    def fenced(memory: int) -> Iterator[str]:
        """Put up no fence: the system limits each process by itself."""
        del memory
        yield ""

    def enter(name: str) -> None:
        """Enter nothing."""
        del name
