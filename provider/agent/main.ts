import { makeDisk } from "./stages/make-disk";
import { runAgent } from "./run-agent";

runAgent(makeDisk);
