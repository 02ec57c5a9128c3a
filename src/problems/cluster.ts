// Problems of the DK3xxx family.
