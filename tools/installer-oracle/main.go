// Command installer-oracle tells what the real installer does with a cloud-config. It reads one JSON object for each
// line of standard input and answers with one line each, in the same order:
//
//	{"id": "...", "text": "#cloud-config\n...", "others": ["#cloud-config\n..."]}
//
// `others` are the cloud-configs that the installer finds before this one, for example on its ISO.
//
// `installer-oracle fields` prints every key that yip or the agent reads, with its type.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
	"runtime/debug"
	"syscall"
)

// question is one line of the input.
type question struct {
	ID     string   `json:"id"`
	Text   string   `json:"text"`
	Others []string `json:"others"`
}

// answer is one line of the output.
type answer struct {
	ID string `json:"id"`
	// File is what yip does with the text as it lies on the CD: what the live system runs.
	File loaded `json:"file"`
	// Alone is an install with this text only, Merged one after the texts of `others`.
	Alone  installed  `json:"alone"`
	Merged *installed `json:"merged,omitempty"`
}

func main() {
	output := bufio.NewWriter(os.Stdout)
	// The agent's packages print warnings to standard output.
	os.Stdout = os.Stderr
	if len(os.Args) > 1 && os.Args[1] == "fields" {
		if err := json.NewEncoder(output).Encode(knownFields()); err != nil {
			log.Fatal(err)
		}
		output.Flush()
		return
	}
	if err := leaveRoot(); err != nil {
		log.Fatal(err)
	}
	// Every answer leaves megabytes of garbage, and the process is short-lived.
	debug.SetGCPercent(800)
	root, err := os.MkdirTemp("", "installer-oracle-")
	if err != nil {
		log.Fatal(err)
	}
	agent, err := newAgent(root)
	if err == nil {
		err = answerAll(agent, json.NewDecoder(bufio.NewReader(os.Stdin)), output)
	}
	os.RemoveAll(root)
	if err != nil {
		log.Fatal(err)
	}
}

// leaveRoot makes this process one of an ordinary user. For every document, the agent's packages create empty log files
// below /run and /var/log if they may.
func leaveRoot() error {
	if os.Geteuid() != 0 {
		return nil
	}
	const nobody = 65534
	if err := syscall.Setgroups(nil); err != nil {
		return err
	}
	if err := syscall.Setgid(nobody); err != nil {
		return err
	}
	return syscall.Setuid(nobody)
}

// answerAll answers until the end of the input. A caller that asks one question at a time gets its answer at once.
func answerAll(agent agent, input *json.Decoder, output *bufio.Writer) error {
	encoder := json.NewEncoder(output)
	for input.More() {
		var asked question
		if err := input.Decode(&asked); err != nil {
			return err
		}
		if err := encoder.Encode(ask(agent, asked)); err != nil {
			return err
		}
		if err := output.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func ask(agent agent, asked question) answer {
	given := answer{
		ID:    asked.ID,
		File:  loadFile(asked.Text),
		Alone: agent.install([]string{asked.Text}),
	}
	if len(asked.Others) > 0 {
		merged := agent.install(append(asked.Others, asked.Text))
		given.Merged = &merged
	}
	return given
}
