import fs from "node:fs"; fs.mkdirSync("/tmp/harbour", { recursive: true }); fs.writeFileSync("/tmp/harbour/schema", "1"); console.log("migrated");
