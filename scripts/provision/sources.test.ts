import { describe, expect, test } from "vitest";
import { libraryNames } from "./apt.ts";
import { debianSources } from "./sources.ts";

const text = (name: string, content: string) =>
  debianSources([{ name, text: content }], "bookworm")[0]?.text;

describe("the sources of a private apt", () => {
  test("are Debian's stanzas, with source packages", () => {
    const sources = [
      "Types: deb\n# a comment\nURIs: http://mirror/debian\nSuites: bookworm bookworm-updates",
      "Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n",
      "Types: deb\nURIs: http://vendor/x\nSuites: nodistro\nComponents: main\n\n",
      "Types: deb\nURIs: http://vendor/y\nSuites: bookworm\nComponents: stable\n\n",
      "Enabled: no\nTypes: deb\nURIs: http://z\nSuites: bookworm\nComponents: main\n",
    ].join("\n");
    expect(text("debian.sources", sources)).toBe(
      "Types: deb deb-src\n# a comment\nURIs: http://mirror/debian\n" +
        "Suites: bookworm bookworm-updates\nComponents: main\n" +
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
    );
  });

  test("are Debian's one-line entries, each with its source entry", () => {
    const sources = [
      "# deb http://mirror/debian bookworm main",
      "deb [signed-by=/k.gpg arch=amd64] http://mirror/debian bookworm main contrib # mirror",
      "deb-src http://mirror/debian bookworm main",
      "deb http://vendor/apt bookworm-pgdg main",
    ].join("\n");
    expect(text("sources.list", sources)).toBe(
      "deb [signed-by=/k.gpg arch=amd64] http://mirror/debian bookworm main contrib\n" +
        "deb-src [signed-by=/k.gpg arch=amd64] http://mirror/debian bookworm main contrib\n",
    );
  });

  test("files with nothing of Debian's are dropped", () => {
    expect(text("vendor.list", "deb http://vendor/apt stable-x main\n")).toBeUndefined();
  });
});

test("libraries are read from apt's dependencies, without libc", () => {
  const printed = [
    "redis-tools",
    "  Depends: adduser",
    "  PreDepends: libc6",
    " |Depends: libssl3",
    "  Depends: liblzf1",
    "  Depends: <libvirtual>",
    "  Depends: liblzf1",
    "  Depends: zlib1g",
  ];
  expect(libraryNames(printed.join("\n"))).toEqual(["libssl3", "liblzf1", "zlib1g"]);
});
