
// Copies the letter to the supplier. Where that is not possible there is no button, and the text can be marked.
(function () {
  if (!navigator.clipboard) {
    return;
  }
  document.querySelectorAll("button.copy").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var letter = document.getElementById(button.getAttribute("aria-controls"));
      navigator.clipboard.writeText(letter.textContent).then(function () {
        button.nextElementSibling.textContent = button.dataset.copied;
      });
    });
  });
})();
