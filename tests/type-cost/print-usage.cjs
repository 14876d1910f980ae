// Loaded before a program, to print what it took: processor time in seconds, and the most memory in MB.
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stderr.write(`\nusage ${(userCPUTime + systemCPUTime) / 1e6} ${Math.round(maxRSS / 1024)}\n`);
});
