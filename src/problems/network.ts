// Problems of the DK7xxx family.
