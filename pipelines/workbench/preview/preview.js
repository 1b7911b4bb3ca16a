"use strict";
// Follows the server's state; the report stays where the reader had scrolled to.
const frame = document.getElementById("report");
const state = document.getElementById("state");
const error = document.getElementById("error");
let shown = 0;

function reload() {
  const place = frame.contentWindow ? frame.contentWindow.scrollY : 0;
  frame.addEventListener("load", () => frame.contentWindow.scrollTo(0, place), { once: true });
  frame.contentWindow.location.replace("report");
}

const source = new EventSource("events");
source.onmessage = (message) => {
  const now = JSON.parse(message.data);
  document.getElementById("title").textContent = now.title;
  document.title = "预览：" + now.title;
  error.hidden = !now.error;
  error.querySelector("pre").textContent = now.error;
  if (now.working) {
    state.textContent = "正在生成……";
    return;
  }
  state.textContent = now.error ? "有错误" : `第 ${now.number} 次生成，用时 ${now.seconds} 秒（${now.why}）`;
  if (now.number !== shown) {
    shown = now.number;
    reload();
  }
};
source.onerror = () => { state.textContent = "预览已停止或连接中断；请回到终端重新运行 make preview。"; };
