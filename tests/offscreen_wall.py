"""Virtual monitors that come and go in a test: Qt's offscreen platform is told of them at run time.

The platform plugin offers a function of its own, "setConfiguration"; it is called by its address (no compiler), and
Qt then sends the real `screenAdded`, `screenRemoved` and `geometryChanged`. Linux on x86-64 or aarch64 only.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

import PySide6

from console.shell.virtual import VirtualMonitor, platform_file, wall

_SLOT = 12
"""QObject has twelve virtual functions; `nativeResourceForIntegration` is the next in the table."""
WALL4 = tuple(wall(4))
ONE = tuple(wall(1))


class _QByteArray(ctypes.Structure):
    """`{Data*, char*, qsizetype}`; no data block means raw bytes of ours."""

    _fields_ = [("d", ctypes.c_void_p), ("ptr", ctypes.c_char_p), ("size", ctypes.c_ssize_t)]


def _bytes(raw: bytes) -> _QByteArray:
    return _QByteArray(None, raw, len(raw))


def _library(name: str) -> ctypes.CDLL:
    return ctypes.CDLL(str(Path(PySide6.__file__).parent / "Qt" / "lib" / f"lib{name}.so.6"))


def set_screens(screens: Sequence[VirtualMonitor]) -> None:
    """From now on these are the monitors. Needs a QApplication on the offscreen platform."""
    core, gui = _library("Qt6Core"), _library("Qt6Gui")
    native_interface = gui._ZN15QGuiApplication23platformNativeInterfaceEv
    native_interface.restype = ctypes.c_void_p
    interface = native_interface()
    table = ctypes.cast(interface, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
    resource = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(_QByteArray))(table[_SLOT])
    configure = resource(interface, ctypes.byref(_bytes(b"setConfiguration")))
    assert configure, "not the offscreen platform"
    document, table_of = (ctypes.c_void_p * 1)(), (ctypes.c_void_p * 1)()
    from_json = core._ZN13QJsonDocument8fromJsonERK10QByteArrayP15QJsonParseError
    from_json.restype = None
    from_json(ctypes.byref(document), ctypes.byref(_bytes(platform_file(list(screens)))), None)
    to_object = core._ZNK13QJsonDocument6objectEv
    to_object.restype = None
    to_object(ctypes.byref(table_of), ctypes.byref(document))
    # Document and object are not freed: some hundred bytes a call, in tests only.
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(configure)(ctypes.addressof(table_of), interface)
