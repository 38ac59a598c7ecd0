package cli

import (
	"bufio"
	"strings"
)

// ask prints a question on the error stream and reads one line of standard
// input, which need not be a terminal. The end of input is an empty answer; ok
// is false where a signal came first.
func (c *call) ask(question string) (answer string, ok bool) {
	c.out.Prompt(question)
	lines := make(chan string, 1)
	go func() {
		defer func() {
			_ = recover() // a reader that panics has no answer
			close(lines)
		}()
		line, _ := bufio.NewReader(c.w.Stdin).ReadString('\n')
		lines <- strings.TrimSpace(line)
	}()
	select {
	case answer = <-lines:
		return answer, true
	case <-c.int.drain:
	case <-c.int.ctx.Done():
	}
	// The reader cannot be called back from the terminal; it ends with the
	// process, which is about to end.
	c.out.Message("")
	return "", false
}
