// Command vcenter runs a vCenter simulator, or is a client of one that this repository did not write.
//
//	vcenter serve PUBLIC_URL [DATACENTERS]   serves plain HTTP on a free port until its standard input ends
//	vcenter deploy URL LIBRARY ITEM          reads an item of a content library, and deploys it
//	vcenter clone URL PATH NAME              reads a template, and makes a virtual machine of it
//
// User and password come from VCENTER_USER and VCENTER_PASSWORD; what came of it is printed as JSON.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
)

func main() {
	fail(run(os.Args[1:]))
}

func run(arguments []string) error {
	user := url.UserPassword(os.Getenv("VCENTER_USER"), os.Getenv("VCENTER_PASSWORD"))
	switch {
	case len(arguments) >= 2 && arguments[0] == "serve":
		datacenters := 1
		if len(arguments) == 3 {
			var err error
			if datacenters, err = strconv.Atoi(arguments[2]); err != nil {
				return err
			}
		}
		return serve(arguments[1], user, datacenters)
	case len(arguments) == 4 && arguments[0] == "deploy":
		deployed, err := deploy(arguments[1], user, arguments[2], arguments[3])
		if err != nil {
			return err
		}
		return print(deployed)
	case len(arguments) == 4 && arguments[0] == "clone":
		cloned, err := clone(arguments[1], user, arguments[2], arguments[3])
		if err != nil {
			return err
		}
		return print(cloned)
	default:
		return errors.New(
			"usage: vcenter serve PUBLIC_URL [DATACENTERS] | deploy URL LIBRARY ITEM | clone URL PATH NAME",
		)
	}
}

func print(value any) error {
	return json.NewEncoder(os.Stdout).Encode(value)
}

func fail(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
