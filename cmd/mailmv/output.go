package main

import (
	"errors"
	"fmt"
)

// errOutput: stdout does not take what we have to say.
var errOutput = errors.New("write to stdout")

// outputError marks err as one of stdout.
func outputError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errOutput, err)
}
