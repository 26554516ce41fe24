"""The commands. Only this room reads flags, writes files, starts processes, catches signals and prints."""
