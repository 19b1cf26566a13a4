import { runProgram } from '../../src/commands/program.js';

/** The command line inside of the test's own process: what it printed, complained and ended with. */
export const runProgramInside = async (...args: string[]) => {
  const printed: string[] = [];
  const complaints: string[] = [];
  let code = 0;
  const terminal = {
    environment: {},
    print: (line: string) => void printed.push(line),
    complain: (line: string) => void complaints.push(line),
    exitWith: (given: number) => {
      code = given;
    },
  };
  await runProgram(terminal, ['node', 'charterbus', ...args]);
  return { printed, complaints, code };
};
