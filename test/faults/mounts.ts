/** A device file that only root may open, in a folder for devices that only this mount namespace sees. */
export function forbiddenKvm(folder: string): string[] {
  const needed = ["null", "zero", "full", "random", "urandom", "shm"];
  return [
    `mkdir -p ${folder}`,
    `mount -t tmpfs -o mode=755 none ${folder}`,
    ...needed.flatMap((name) => [
      name === "shm" ? `mkdir -m 1777 ${folder}/${name}` : `touch ${folder}/${name}`,
      `mount --bind /dev/${name} ${folder}/${name}`,
    ]),
    `mknod -m 600 ${folder}/kvm c 10 232`,
    `ln -s /proc/self/fd ${folder}/fd`,
    `mount --rbind ${folder} /dev`,
  ];
}

/** A tool that is not there, wherever it is installed. */
export function hidden(tool: string): string[] {
  return ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/bin"].map(
    (folder) => `if [ -e ${folder}/${tool} ]; then mount --bind /dev/null ${folder}/${tool}; fi`,
  );
}
