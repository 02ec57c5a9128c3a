/**
 * The `current-context` of a bound shell in which none is to be in force. An empty one would not do: the next file of
 * the list would decide then (facts sheet, 2.1), and that is the context that all other shells use, perhaps a protected
 * one. kubectl answers that this context does not exist, and changes nothing; all that devk8s reads takes it for none.
 */
export const noContext = '(none)'
