// Problems of the DK4xxx family.
