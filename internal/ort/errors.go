package ort

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// libraryError returns ONNX Runtime's own message, without what the binding puts
// in front of it. Messages quote names from the model, which may hold control
// characters: they are escaped, since errors end up on terminals.
func libraryError(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	var text strings.Builder
	for _, r := range strings.Join(strings.Fields(err.Error()), " ") {
		if unicode.IsPrint(r) {
			text.WriteRune(r)
		} else {
			text.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return errors.New(text.String())
}

// modelError is libraryError for a model that cannot be loaded. It explains the
// message for an unknown operator.
func modelError(err error) error {
	err = libraryError(err)
	if unknown := unknownOperator.FindStringSubmatch(err.Error()); unknown != nil {
		return fmt.Errorf("ONNX Runtime %s has no operator %s", onnxruntime.GetVersion(), unknown[1])
	}
	return fmt.Errorf("ONNX Runtime cannot load it: %w", err)
}

var unknownOperator = regexp.MustCompile(`Fatal error: (\S+?)\(-?\d+\) is not a registered function/op`)

// loadError explains errors of the binding about a library it cannot use.
func loadError(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "setting ORT API base"):
		return fmt.Errorf("the library is too old for this program: %w", err)
	case strings.Contains(text, "wrong ELF class"), strings.Contains(text, "invalid ELF header"), strings.Contains(text, "incompatible architecture"):
		return fmt.Errorf("the file is not a library for this kind of machine: %w", err)
	default:
		return err
	}
}
