package web

var portuguese = map[string]string{}
