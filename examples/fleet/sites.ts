export interface Site {
  /** Name of the host, and of the edge host in Palette. */
  readonly name: string;
  readonly city: string;
  readonly timeServer: string;
}

export const sites: readonly Site[] = [
  { name: "store-7", city: "ulm", timeServer: "time.ulm.example.com" },
  { name: "store-8", city: "graz", timeServer: "time.graz.example.com" },
  { name: "store-9", city: "basel", timeServer: "time.basel.example.com" },
];
