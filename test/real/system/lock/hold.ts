import { withLock, withSlot, type LockOptions } from "../../../../provider/system/lock/lock";

// Usage: hold.ts FILE, or hold.ts FOLDER COUNT. Prints "waits" and "holds", and keeps the lock.
const [path = "", count] = process.argv.slice(2);
const options: LockOptions = {
  signal: new AbortController().signal,
  onWait: () => void process.stdout.write("waits\n"),
};
const hold = async () => {
  process.stdout.write("holds\n");
  await new Promise((resolve) => setTimeout(resolve, 1_000_000));
};
void (count === undefined
  ? withLock(path, options, hold)
  : withSlot(path, Number(count), options, hold));
