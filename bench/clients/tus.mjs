// node tus.mjs ENDPOINT FILE: uploads a file with tus-js-client; the token is in the environment. Prints how often it went on.
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";

const [endpoint, file] = process.argv.slice(2);
const { Upload } = createRequire(`${process.env.CLIENTS}/`)("tus-js-client");
let resumed = 0;
const upload = new Upload(createReadStream(file), {
  endpoint,
  headers: { Authorization: `Bearer ${process.env.TOKEN}` },
  metadata: { filename: "resumed.bin" },
  retryDelays: [0, 100, 300, 1000, 3000],
  onShouldRetry: () => {
    resumed += 1;
    return true;
  },
  onError: (error) => {
    console.error(error.message);
    process.exit(1);
  },
  onSuccess: () => console.log(resumed),
});
upload.start();
