"""The terminal side of the console: output that never blocks, the kill key, the end of the terminal.

It knows Textual and nothing of the desk: what a kill or a hang-up does is passed in.
"""

from __future__ import annotations

from console.driver.frames import CompactFrames
from console.driver.hangup import HangupWatch
from console.driver.keys import KillKeys
from console.driver.nonblocking import NonBlockingDriver, OnKill, make_driver
from console.driver.recognizer import KillKeyRecognizer, KillPress
from console.driver.sequence import KillKeySequence, KillStep

__all__ = [
    "CompactFrames",
    "HangupWatch",
    "KillKeyRecognizer",
    "KillKeySequence",
    "KillKeys",
    "KillPress",
    "KillStep",
    "NonBlockingDriver",
    "OnKill",
    "make_driver",
]
