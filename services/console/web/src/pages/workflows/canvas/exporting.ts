/** Hands a workflow's document to whoever asks for it, as a file. */

import { get } from "../../../api/queries";

/** Save the newest version as JSON, with the own task types that it uses. */
export async function exportWorkflow(name: string): Promise<void> {
  const document = await get("/api/v1/workflows/{name}/export", { params: { path: { name } } });
  download(`${name}.json`, JSON.stringify(document, null, 2));
}

function download(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: fileName });
  link.click();
  URL.revokeObjectURL(url);
}
