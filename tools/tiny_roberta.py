"""Makes tests/scoring/tiny_roberta: a sentiment model of RoBERTa's architecture, with random weights, some 60 KB.

`python tools/tiny_roberta.py FOLDER` where torch is installed. The tests run its ONNX graph everywhere, and its torch
weights where torch is there.
"""

import sys
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import RobertaConfig, RobertaForSequenceClassification, RobertaTokenizerFast


class Logits(torch.nn.Module):
    """What is exported: ids and mask in, logits out."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


def main(folder: Path) -> None:
    torch.manual_seed(7)
    folder.mkdir(parents=True, exist_ok=True)
    learned = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    learned.train_from_iterator(
        ["what a lovely cup of tea", "this is awful tea"], vocab_size=300, special_tokens=special
    )
    learned.save_model(str(folder))
    tokenizer = RobertaTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=64)
    tokenizer.save_pretrained(folder)
    config = RobertaConfig(
        vocab_size=300,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=70,
        type_vocab_size=1,
        num_labels=3,
        id2label={0: "negative", 1: "neutral", 2: "positive"},
        label2id={"negative": 0, "neutral": 1, "positive": 2},
        attn_implementation="eager",
    )
    model = RobertaForSequenceClassification(config).eval()
    torch.nn.init.normal_(model.classifier.out_proj.weight, std=4.0)
    model.save_pretrained(folder)
    ids = tokenizer(["what a lovely cup"], return_tensors="pt")
    axes = {"input_ids": {0: "texts", 1: "words"}, "attention_mask": {0: "texts", 1: "words"}}
    torch.onnx.export(
        Logits(model),
        (ids["input_ids"], ids["attention_mask"]),
        str(folder / "model.onnx"),
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_axes={**axes, "logits": {0: "texts"}},
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
