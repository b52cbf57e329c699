package web

// plurals are the messages that depend on their first number: in English of one and of
// more, in Portuguese of one and of more.
var plurals = map[string][4]string{}
