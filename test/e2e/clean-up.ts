import { removeUserProject } from "./stack";

// The project with the installed package serves all files of tests.
after(() => removeUserProject());
