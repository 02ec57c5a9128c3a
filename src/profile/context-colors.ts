// By itself, since the command line lists them too, and the schema would bring its library along.

/** The colours of a terminal that a context can have. */
export const contextColors = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const
