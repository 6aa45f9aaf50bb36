// On narrow screens the list of settings is folded above the page; without this script it stays open.
"use strict";
{
  const list = document.querySelector(".places details");
  const narrow = matchMedia("(max-width: 64rem)");
  const fold = () => { list.open = !narrow.matches; };
  if (list) {
    fold();
    narrow.addEventListener("change", fold);
  }
}
