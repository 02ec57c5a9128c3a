// Problems of the DK6xxx family.
