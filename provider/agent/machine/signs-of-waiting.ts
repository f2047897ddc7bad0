/** What a machine that no longer continues by itself is waiting for. */
export type Wait =
  | "boot device"
  | "boot loader"
  | "boot menu"
  | "emergency shell"
  | "refusal"
  | "full disk"
  | "answer";

export interface SignOfWaiting {
  readonly wait: Wait;
  readonly pattern: RegExp;
  /** How many of the last lines may have the text: other output may follow it. */
  readonly within: number;
  /** One of the lines before it, among the same last lines, must have this text. */
  readonly after?: RegExp;
  /** Only a line that has not ended counts: ordinary lines of a log look the same. */
  readonly isOpen?: true;
}

/** A prompt or a question is the last text; a hint, a clock or a status line may follow it. */
const prompt = 3;
/** An emergency shell greets after it has said what it is. */
const greeting = 8;
/** A menu or a dialog has its title and its hints. */
const dialog = 25;
/** A program that gave up may be followed by others that start. */
export const mostLines = 40;

function signs(wait: Wait, within: number, ...patterns: readonly RegExp[]): SignOfWaiting[] {
  return patterns.map((pattern) => ({ wait, within, pattern }));
}

/** A prompt keeps its line open for the answer. */
function openSigns(wait: Wait, ...patterns: readonly RegExp[]): SignOfWaiting[] {
  return patterns.map((pattern) => ({ wait, within: 1, pattern, isOpen: true }));
}

/** A shell that is offered beside a running installer is no question: Ubuntu's and busybox' consoles do so. */
const shellOffer =
  "\\s+(?:to\\s+(?:start|open|get|activate|enter)|for)\\s+(?:a|the|this)\\s+(?:shell|console)";

/**
 * Text of installers, boot loaders and firmware that wait, in the order of precedence: firmware asks for "any key" as
 * installers do. Texts are those of their sources.
 */
export const signsOfWaiting: readonly SignOfWaiting[] = [
  // SeaBIOS, OVMF (edk2), other firmware, and their network boot.
  ...signs(
    "boot device",
    dialog,
    /^No bootable device\b/,
    /\bBdsDxe: No bootable option or device was found/,
    /\bUEFI Interactive Shell v\d/,
    /^Shell>/,
    /^(?:PXE-[EM]\w+|HTTP-E\w+): /,
    /^>>\s?Start (?:PXE|HTTP Boot) over IPv[46]/,
    /^No more network devices$/,
    /^Operating System not found/i,
    /^FATAL: (?:No bootable medium found|Could not read from the boot medium)/,
    /\b(?:NTLDR|BOOTMGR) is missing/,
    /^(?:Missing operating system|Invalid partition table)/i,
  ),
  ...signs(
    "boot device",
    prompt,
    /^Boot failed: (?:not a bootable disk|could not read)/i,
    /\bBdsDxe: failed to (?:load|start) Boot/,
  ),
  // GRUB, syslinux, iPXE.
  ...signs(
    "boot loader",
    prompt,
    /^(?:grub|grub rescue)>/,
    /^iPXE>/,
    /^Could not find kernel image: /,
    /^No DEFAULT or UI configuration directive found/i,
    /^ISOLINUX .*(?:Image checksum error|disk error)/i,
  ),
  ...openSigns("boot loader", /^(?:syslinux )?boot:\s*$/),
  ...signs(
    "boot menu",
    dialog,
    /\bUse the .{1,6} and .{1,6} keys to (?:select which entry|change the selection)/i,
    /^Press enter to boot the selected (?:OS|entry)/i,
    /^Press \[?Tab\]? to edit options/i,
    /^Reboot Into Firmware Interface$/i,
    /^Please select boot device:/i,
  ),
  // systemd, dracut, initramfs-tools, mkinitfs.
  ...signs(
    "emergency shell",
    greeting,
    /\bGive root password for maintenance/,
    /\bPress Enter for (?:emergency |system )?maintenance/i,
    /\bYou are in (?:emergency|rescue) mode\b/,
    /\bEntering emergency mode\b/,
    /^Cannot open access to console, the root account is locked/,
    /^\(initramfs\)/,
    /^(?:dracut|switch_root|emergency|rescue)(?:-[\w-]+)?:\S*[#$]/,
    /\binitramfs emergency recovery shell launched/i,
    /^ALERT! .* does not exist\. +Dropping to a shell/,
  ),
  // kairos-agent: only messages with which it ends. It goes on after a file that it cannot parse.
  ...signs(
    "refusal",
    mostLines,
    /No users found in any stage that are part of the 'admin' group/,
    /\bno configuration, stopping installation/,
    /\bNo providers found, dropping to a shell/,
    /\bconfig not found in the system: /,
    /\b(?:failed unmarshall?ing the full spec|error unmarshall?ing \S+ spec)/i,
    /\bfailed initializing spec: |\bsanitizing the \S+ spec: /,
    /\bno target device specified and no device found/,
    /\bdevice \S+ is not a valid device path/,
    /\bundefined state or recovery partition/,
    /\buse `force` flag to run an installation over the current running deployment/,
    /\boci image \S+ does not exist/,
    /\bkairos-installer\.service: (?:Failed with result|Main process exited, code=exited, status=[1-9])/,
  ),
  {
    wait: "refusal",
    within: mostLines,
    pattern: /^github\.com\/kairos-io\/kairos-(?:agent|sdk)[^\s(]*\.\S+\(/,
    after: /^panic: /,
  },
  // curtin and subiquity, anaconda, debian-installer, and programs in general.
  ...signs(
    "refusal",
    mostLines,
    /\bcurtin: Installation failed/i,
    /\ban error occurred\. press enter to start a shell/i,
    /\bThe following error occurred while parsing the kickstart/i,
    /\bAn unknown error has occurred\b/,
    /^(?:\S+:\s)?The installation (?:was stopped|has failed|failed|does not start)\b/i,
    /^Installation failed\b/i,
  ),
  {
    wait: "refusal",
    within: prompt,
    pattern: /\bpress enter to start a shell\b/i,
    after: /\b(?:error|failed|failure)\b/i,
  },
  ...signs("full disk", mostLines, /no space left on device/i, /\bENOSPC\b/, /\bdisk is full\b/i),
  // debconf and whiptail, subiquity, YaST, anaconda's text mode.
  ...signs(
    "answer",
    dialog,
    /<Go Back>|<(?:Yes|Ok|OK|No|Continue)>/,
    /^<Tab> moves; <Space> selects; <Enter> activates buttons/,
    /<Tab>\/<Alt-Tab> between elements/,
    /^Prompt: '\?' for help/,
    /\bUse UP, DOWN and ENTER keys\b/,
    /\[ (?:Continue|Done|Back|Continue in \w+ mode)\s+[>\]]/,
    /\[(?:Next|Abort|Cancel|OK)\].*\[(?:Next|Back|Abort|Cancel|OK)\]/,
    /^Please make a selection from the above\b/i,
    /\bInstallation completed?, press enter\b/i,
  ),
  ...signs(
    "answer",
    prompt,
    /[[(]y(?:es)?\s?[/|]\s?no?(?:\s?[/|]\s?[^\s/|]+)*[\])]\s*[:?>]?\s*$/i,
    new RegExp(
      `\\b(?:press|hit|strike|type|push)\\s+(?:the\\s+|any\\s+|a\\s+)?\\W?(?:key|enter|return|space ?bar)\\b(?!${shellOffer})`,
      "i",
    ),
    /\b(?:press|hit|type)\b.{0,30}\bto\s+(?:continue|proceed|reboot|restart|retry|exit)\b/i,
  ),
  ...openSigns(
    "answer",
    /^(?:Your )?(?:choice|selection|answer|option)\b.*[:>?]\s*$/i,
    /^(?:please\s+)?(?:select|choose|enter|specify|type)\b.*:\s*$/i,
    /\b(?:password|passphrase|username|hostname)\b[^:]{0,40}:\s*$/i,
    /\[[^\][]*\]\s*[:?]\s*$/,
    /:\s+\[(?!\s*(?:ok|done|failed|warn\w*|info)\s*\])[^\][]*\]\s*$/i,
    /\?\s*$/,
  ),
];

/** The machine is about to power off or to restart: nothing in its last lines is what it waits for. */
export const goingDown =
  /\bShutdown node\b|\bShutdown scheduled\b|\bgoing down\b|\bsystem will (?:power ?off|reboot|halt|shut ?down)\b|\breboot: Power down\b/i;

/** Work that an installer reports after a message: it did not give up. The prompt of a login is its console's. */
export const goesOn =
  /\blogin:$|\bINF\b|\blevel=info\b|^\[?info\b|\bRunning stage\b|\b(?:Partition|Format|Copy|Install|Creat|Mount|Unmount|Extract|Unpack|Download|Generat|Sett)ing\b|\d\s?%/i;
