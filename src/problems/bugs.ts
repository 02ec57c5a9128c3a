// Problems of the DK9xxx family.
