"""What the operating system says, in Chinese: its own words come in the language and wording of the machine."""

import errno
from typing import Final

_NAMED: Final = {
    "ENOENT": "文件或文件夹不存在",
    "EACCES": "没有权限",
    "EPERM": "没有权限",
    "EROFS": "只读，不能写入",
    "EISDIR": "这是文件夹，不是文件",
    "ENOTDIR": "路径中有一段是文件，不是文件夹",
    "EEXIST": "已有同名的文件或文件夹",
    "EBUSY": "正被其他程序占用",
    "ETXTBSY": "正被其他程序占用",
    "EIO": "磁盘或网络读写错误",
    "ENOSPC": "磁盘空间已用完",
    "EDQUOT": "磁盘配额已用完",
    "ENAMETOOLONG": "路径过长",
    "EMFILE": "打开的文件过多",
    "ENFILE": "打开的文件过多",
    "ESTALE": "网络共享的连接已中断",
    "ENOTCONN": "网络共享的连接已中断",
    "ETIMEDOUT": "网络超时",
    "EHOSTDOWN": "网络上的主机没有响应",
    "EHOSTUNREACH": "网络上的主机无法到达",
    "ECONNREFUSED": "连接被拒绝",
    "ECONNRESET": "连接已中断",
}
_WORDS: Final = {getattr(errno, name): words for name, words in _NAMED.items() if hasattr(errno, name)}  # as far as known here
_WINDOWS: Final = {32: "正被其他程序占用", 33: "正被其他程序占用", 53: "找不到网络路径", 64: "网络共享的连接已中断"}


def reason(error: OSError) -> str:
    """Return why the system refused; an error without words of ours is named by its number."""
    if error.strerror and not error.strerror.isascii():
        return error.strerror  # a system that speaks Chinese
    windows = getattr(error, "winerror", None)
    number = windows or error.errno or type(error).__name__
    return _WINDOWS.get(windows or 0) or _WORDS.get(error.errno or 0) or f"系统错误 {number}"
