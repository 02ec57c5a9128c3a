// Problems of the DK2xxx family.
