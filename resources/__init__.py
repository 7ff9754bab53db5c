"""Data of the console: theme, fonts, icons, phrases, manual, packs. No code lives here."""
