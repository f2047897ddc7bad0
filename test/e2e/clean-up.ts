import { removeUserProject } from "./stack";

// Loaded before the test files, all of which use the same installed package.
after(() => removeUserProject());
