import { makeDisk } from "./make-disk";
import { runAgent } from "./run-agent";

runAgent(makeDisk);
