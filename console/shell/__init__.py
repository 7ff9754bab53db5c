"""The windows of a workstation, and what they share. See README.md."""
