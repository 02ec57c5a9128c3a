// Problems of the DK8xxx family.
