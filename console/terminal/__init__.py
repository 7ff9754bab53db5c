"""The subcommands: what may be typed, and what each does. No window, no Qt, no wire before one needs it."""
