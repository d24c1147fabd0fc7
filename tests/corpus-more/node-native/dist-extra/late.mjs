import os from "node:os"; export const word = () => `late ${os.EOL.length}`;
