#!/usr/bin/env python3
"""Writes small children's stories, one JSON object per line: what the tiny model learns from.

Each story states one to three facts (a secret word, where a key is hidden, what the dog is called),
goes through some unrelated scenes, and asks for the facts at its end. The number of scenes sets how
far an answer is from its fact, so that recall across an evicted context can be measured.

    scripts/generate_tiny_stories.py --count 3 --seed 1

  text     the story
  recalls  for each question: kind, where its fact ends, where its answer begins and ends (in
           characters of text); text[:begin] is the prompt, text[begin:end] the answer

Everything is drawn from random.Random(seed): the same seed writes the same bytes.
"""

import argparse
import json
import random
import re

GIRLS = "Lily Mia Anna Sara Emma Lucy Zoe Amy Rose Ella Nina Kate Ruby Jane".split()
BOYS = "Tom Ben Max Tim Sam Jack Leo Finn Noah Dan Paul Luke Owen Hugo".split()
PETS = "Spot Coco Milo Bella Rex Fluffy Biscuit Pepper Ginger Snowy Lucky Daisy Patch Teddy".split()
COLORS = "red blue green yellow pink purple orange brown white black gray".split()
OBJECTS = "key ball hat book kite drum bell cup spoon ring coin shell doll map boat lamp".split()
ANIMALS = "cat dog rabbit bird frog fox bear mouse duck owl turtle horse goat pig hen lamb".split()
SECRETS = (
    "apple moon tiger cloud honey river candle rocket banana winter dragon pencil castle "
    "button thunder silver pumpkin monkey ladder diamond window pillow"
).split()
FOODS = "soup cake bread cookies jam rice cheese pancakes pie carrots berries pears".split()
FAVORITES = "pizza noodles waffles tomatoes beans salad mushrooms popcorn corn peaches".split()
DREAMS = "doctor pilot baker farmer sailor dancer painter singer driver teacher".split()
COUNTS = "two three four five six seven eight nine ten twelve".split()
HIDING = [
    "in the box",
    "under the bed",
    "behind the door",
    "in the tree",
    "under the rock",
    "in the drawer",
    "in the basket",
    "behind the shed",
    "under the stairs",
    "in the jar",
    "on the roof",
    "in the cave",
    "under the bridge",
    "in the barn",
    "near the well",
    "in the sand",
]
PLACES = ["park", "garden", "forest", "beach", "farm", "lake", "market", "school", "hill", "field"]


def texts(block):
    """One text a line; a line that begins with spaces goes on with the one before."""
    return re.sub(r"\n +", " ", block.strip()).split("\n")


# Choices are written [a|b]; a name in braces is drawn once per text, or belongs to the story.
# {A} is the child, {he}, {his} and {him} go with it; {B}, {Bhis} and {Bhim} are the friend's.
OPENINGS = texts("""
Once upon a time, there was a [little|small|kind|brave|happy] {kid} named {A}.
Once upon a time, there was a {kid} named {A} who lived [near the {place}|in a small house].
Once upon a time, a [little|clever|cheerful|quiet] {kid} named {A} lived with {his} {parent}.
Once upon a time, in a [small|quiet|green] village, there lived a {kid} named {A}.
One [day|morning], a [little|brave|curious] {kid} named {A} [woke up early|sat by the window].
Long ago, in a [small|quiet|green] village, there lived a {kid} named {A}.
There once was a {kid} named {A} who loved [to sing|to run|to read|animals|the sea].
{A} was a [happy|shy|clever|kind] {kid} who liked to [play|dance|draw|ask questions].
In a house by the {place} lived a [small|happy|kind] {kid} named {A}.
""")

TRAITS = texts("""
{He} loved to play [outside|in the {place}|with {his} toys].
{He} liked [{food}|the sun|the rain|long walks|funny songs] very much.
{He} lived with {his} {parent} and {his} [little brother|big sister|grandma].
{He} had [a small room|many books|a warm bed] and a big smile.
""")

FRIENDS = texts("""
{He} had a [good|best|dear] friend named {B}.
Every day {he} [played|walked|ran|sang] with {his} friend {B}.
{His} best friend was a {kid2} named {B}, who lived [next door|near the {place}].
{He} loved to play with {his} friend {B}.
""")

SCENES = texts("""
One day, {A} went to the {place}. {He} saw a [big|small|funny] {animal} and [smiled|laughed|waved
  at it].
{A} and {B} went to the {place} to play. They [ran|jumped|danced|sang] and had a lot of fun.
It started to rain, and {A} got wet. {He} ran home, and {his} {parent} gave {him} warm {food}.
A [little|sad|lost] {animal} sat under a tree. "Why are you sad?" asked {A}. "I am
  [lost|hungry|cold|alone]," said the {animal}. {A} helped it, and the {animal} was happy again.
{A} found a {color} {object} on the ground. "Whose is this?" {he} asked. "It is mine," said {B}.
  "Thank you!"
{A} was hungry, so {his} {parent} made {food}. It was [very good|warm and sweet|yummy].
{B} fell down and hurt {Bhis} knee. "Do not cry," said {A}. "I will help you." Soon {B} felt
  better.
They saw a {animal} in the {place}. The {animal} was [big|small|fast|slow] and
  [friendly|shy|funny].
{A} tried to climb a tall tree. It was hard, but {he} did not give up. At last {he} [reached the
  top|saw the whole {place}].
"Let us play [a game|hide and seek|with the ball]," said {B}. "[Yes|Good idea|I would love to],"
  said {A}, and they played until [noon|the sun went down|it was time to eat].
{A} wanted to [fly a kite|paint a picture|build a house of sand|bake a cake]. {His} {parent} said,
  "[You can do it|Be careful|Let me help you]." {A} was [proud|glad|happy] when it was done.
The sun was [bright|warm|hot], and the sky was blue. {A} [sat on the grass|lay down|took off {his}
  shoes] and looked at the clouds.
A [loud|strange|soft] noise came from the {place}. {A} was [scared|surprised|curious]. It was only
  a {animal} looking for [food|its home|its mother].
{A} gave {food} to the {animal}. The {animal} ate it all and [went to sleep|ran away|danced with
  joy].
{B} had a new toy. {A} wanted to play with it too. "We can share," said {B}. They [took
  turns|played together] and [smiled|laughed].
The wind was strong, and it took {B}'s hat away. {A} ran after it and [caught it|found it by the
  {place}]. "You are so [fast|kind]!" said {B}.
{A} saw {B}'s {color} {object} and said, "It is so pretty." {B} [smiled|was glad|nodded].
At the {place} there was a big [slide|swing|wall]. {A} was afraid at first, but {B} held {his}
  hand, and then it was fun.
{A} read a story about a [brave|silly|tiny] {animal} who wanted to [fly|sing|see the sea|touch the
  stars]. It made {him} [laugh|think|dream].
They walked and walked until they came to the {place}. There they met an old [man|woman] with a
  {animal}. "Hello, children," said the old [man|woman].
{A} lost one shoe in the mud. {He} looked [everywhere|here and there], and at last {B} found it
  [near the gate|by the path].
In the evening {A} helped {his} {parent} [wash the dishes|sweep the floor|make {food}|water the
  flowers]. "You are a good {kid}," said {his} {parent}.
{B} told a funny joke about a {animal}. {A} laughed so much that {he} [fell down|had to sit|could
  not stop].
There was a [deep|small|cold] river by the {place}. {A} threw a stone into the water, and it made
  a big splash.
{A} felt [tired|sleepy|sad] and went to {his} room. {His} {parent} sang a [soft|sweet] song, and
  {A} felt better.
The {animal} ran after the {animal2}. Round and round they went, until both were tired and [sat
  down|fell asleep].
{A} and {B} made a [boat|house|ship] from [wood|paper|an old box]. It was not perfect, but they
  [loved it|were proud].
"Look!" said {B}. "A {animal} with a {color} {object}!" {A} could not believe it.
It was cold, and snow fell on the {place}. {A} made a big snowman and gave it a {color} hat.
{A} shared {his} {food} with {B}. "Thank you," said {B}. "You are a good friend."
{A} saw a [bright|falling] star. {He} closed {his} eyes and made a wish. "What did you wish for?"
  asked {B}. "I cannot tell," said {A}.
{A} went to the market with {his} {parent}. They bought {food} and a {color} {object}. The bag was
  [heavy|full], so {A} helped to carry it.
"Can you teach me to [swim|sing|draw|dance]?" asked {A}. "Of course," said {B}. {A} tried again
  and again, and soon {he} could do it.
{A} broke a cup. {He} was [sorry|afraid|sad], but {he} told {his} {parent} the truth. "Thank you
  for being honest," said {his} {parent}.
A {animal} took {A}'s {object} and ran away. {A} and {B} ran after it, but it was too fast. Then
  the {animal} came back and gave the {object} to {A}.
{A} planted a seed in the garden. Every day {he} gave it water. One day, a [tiny|pretty] {color}
  flower came up. {A} jumped with joy.
They saw a boat on the lake. In the boat sat a {animal} and a {animal2}. "Come with us," said the
  {animal}. {A} and {B} [laughed|got in|said yes].
{B} was sick and had to stay in bed. {A} brought {food} and told {Bhim} a story about a {animal}.
  "Now I feel better," said {B}.
It was dark, and {A} could not see. {B} had a lamp. "Follow me," said {B}. They walked slowly
  until they came to the {place}.
The {animal} could not sleep. "Count the stars," said {A}. The {animal} counted and counted, and
  soon it was asleep.
{A} and {B} both wanted the {color} {object}. They pulled and pulled until it broke. "I am sorry,"
  said {A}. "Me too," said {B}. They fixed it together.
"Are you [afraid|cold|hungry|tired]?" asked {B}. "[No|Just a little|Not at all]," said {A}. "Let
  us go on."
At school the old man asked, "Who can [count to ten|sing a song|draw a {animal}]?" "I can," said
  {A}. The old man [smiled|was glad].
The {animal} was stuck in the mud. {A} pulled, and {B} pulled too. At last the {animal} was free.
  "Thank you," it said.
{A} heard a [bird|song|bell] and followed the sound. It led {him} to the {place}, where [children
  danced|people laughed|a {animal} slept in the sun].
A big {animal} stood on the path. "May we pass?" asked {A}. "Only if you give me {food}," said the
  {animal}. {B} gave it some, and they went on.
{B} wanted to go home, but {A} wanted to stay. "Just one more game," said {A}. They played one
  more game and then went home.
{A} put on {his} shoes and ran outside. The air was [fresh|cold|warm], and the {animal} was
  already waiting for {him}.
They had a picnic in the {place}. There was {food} for {A} and {food2} for {B}. A {animal} came
  and ate what was left.
{A} drew a {color} {animal} with a {color2} hat. "It looks like you," said {B}, and they both
  laughed.
""")

BEFORE_QUESTIONS = [
    "That night, ",
    "In the evening, ",
    "The next day, ",
    "Later, ",
    "After dinner, ",
    "Before bed, ",
    "When they came home, ",
]

ENDINGS = texts("""
{A} smiled and went to sleep.
Everyone was happy.
And they lived happily ever after.
It was the best day ever.
{A} and {B} were best friends.
"Good night, {A}," said {his} {parent}. The end.
They all laughed and ate {food}. The end.
""")


class Fact:
    """One thing to remember: how it may be told, how it is asked, how it is answered."""

    def __init__(self, kind, answer, told, question, reply):
        self.kind, self.answer, self.told = kind, answer, told
        self.question, self.reply = question, reply


def draw_fact(rng, kind):
    """A fact of this kind; @ stands for its answer, {A} and the like are filled by the story."""
    thing = rng.choice(COLORS) + " " + rng.choice(OBJECTS)
    things = rng.choice(OBJECTS) + "s"
    if kind == "secret word":
        return Fact(
            kind,
            rng.choice(SECRETS),
            [
                "The secret word is @.",
                '"The secret word is @," said {B}.',
                "{A} learned that the secret word is @.",
            ],
            "What is the secret word?",
            "The secret word is @",
        )
    if kind == "hiding place":
        return Fact(
            kind,
            rng.choice(HIDING),
            [f"{{A}} hid the {thing} @.", f"{{A}} had a {thing}, and {{he}} hid it @."],
            f"Where is the {thing}?",
            "It is @",
        )
    if kind == "pet name":
        animal = rng.choice(ANIMALS)
        return Fact(
            kind,
            rng.choice(PETS),
            [
                f"{{A}} had a pet {animal} called @.",
                f"{{A}} had a pet {animal}. The name of the pet was @.",
            ],
            "What is the name of your pet?",
            "My pet is called @",
        )
    if kind == "dream":
        return Fact(
            kind,
            rng.choice(DREAMS),
            ["{A} wanted to be a @ one day.", '"I want to be a @," said {A}.'],
            "What do you want to be?",
            "I want to be a @",
        )
    if kind == "favorite food":
        return Fact(
            kind,
            rng.choice(FAVORITES),
            ["The favorite food of {A} was @.", '"My favorite food is @," said {A}.'],
            "What is your favorite food?",
            "My favorite food is @",
        )
    return Fact(
        kind,
        rng.choice(COUNTS),
        [f"{{A}} counted @ {things} on the table.", f"There were @ {things} on the table."],
        f"How many {things} were on the table?",
        "There were @",
    )


KINDS = ["secret word", "hiding place", "pet name", "dream", "favorite food", "count"]


def fill(rng, template, story):
    """Draws the [a|b] choices, then the {slots}; a slot keeps its value within one template."""
    text = re.sub(r"\[([^\]]*)\]", lambda match: rng.choice(match.group(1).split("|")), template)
    lists = {"place": PLACES, "animal": ANIMALS, "color": COLORS, "object": OBJECTS, "food": FOODS}
    local = {name: rng.choice(values) for name, values in lists.items()}
    for name in ["animal", "color", "food"]:
        local[name + "2"] = rng.choice([other for other in lists[name] if other != local[name]])
    local.update(story)
    text = re.sub(r"\{(\w+)\}", lambda match: local[match.group(1)], text)
    return re.sub(r"\ba (?=[aeiou])", "an ", text)


def draw_story(rng, scenes_max=16):
    """One story as (text, recalls)."""
    girl, friend_girl = rng.random() < 0.5, rng.random() < 0.5
    child = rng.choice(GIRLS if girl else BOYS)
    friend = rng.choice([name for name in (GIRLS if friend_girl else BOYS) if name != child])
    story = {
        "A": child,
        "kid": "girl" if girl else "boy",
        "he": "she" if girl else "he",
        "He": "She" if girl else "He",
        "his": "her" if girl else "his",
        "His": "Her" if girl else "His",
        "him": "her" if girl else "him",
        "B": friend,
        "Bhis": "her" if friend_girl else "his",
        "Bhim": "her" if friend_girl else "him",
        "kid2": "girl" if friend_girl else "boy",
        "parent": rng.choice(["mom", "dad"]),
    }
    # How many scenes, then where the facts stand among them: early, so that the end is far.
    scenes = rng.randint(0, scenes_max)
    facts = [
        draw_fact(rng, kind) for kind in rng.sample(KINDS, rng.choices([1, 2, 3], [1, 1, 1])[0])
    ]
    told_after = [rng.randint(0, scenes // 2) if rng.random() < 0.7 else 0 for _ in facts]

    parts, recalls = [], []

    def add(text):
        parts.append(text)
        return sum(len(part) + 1 for part in parts) - 1  # where it ends, once joined by spaces

    add(fill(rng, rng.choice(OPENINGS), story))
    if rng.random() < 0.4:
        add(fill(rng, rng.choice(TRAITS), story))
    if rng.random() < 0.5:
        add(fill(rng, rng.choice(FRIENDS), story))
    fact_end = {}
    order = list(range(len(SCENES)))
    rng.shuffle(order)
    for scene in range(scenes + 1):
        for fact, after in zip(facts, told_after):
            if after == scene:
                told = rng.choice(fact.told)
                fact_end[fact.kind] = add(fill(rng, told.replace("@", fact.answer), story))
        if scene < scenes:
            add(fill(rng, SCENES[order[scene]], story))

    rng.shuffle(facts)
    before = rng.choice(BEFORE_QUESTIONS)
    for fact in facts:
        asker = rng.choice([story["his"] + " " + story["parent"], friend])
        text = f'{before}{asker} asked, "{fact.question}" "{fact.reply}," said {child}.'
        text, before = text[0].upper() + text[1:], rng.choice(["Then ", ""])
        begin = sum(len(part) + 1 for part in parts) + text.index("@")
        add(text.replace("@", fact.answer))
        recalls.append(
            {
                "kind": fact.kind,
                "fact_end": fact_end[fact.kind],
                "begin": begin,
                "end": begin + len(fact.answer),
            }
        )
    add(fill(rng, rng.choice(ENDINGS), story))
    return " ".join(parts), recalls


def stories(seed, scenes_max=16):
    """An endless sequence of stories."""
    rng = random.Random(seed)
    while True:
        yield draw_story(rng, scenes_max)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10, help="how many stories (default 10)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same stories")
    parser.add_argument("--scenes", type=int, default=16, help="at most this many scenes each")
    arguments = parser.parse_args()
    source = stories(arguments.seed, arguments.scenes)
    for _ in range(arguments.count):
        text, recalls = next(source)
        print(json.dumps({"text": text, "recalls": recalls}))


if __name__ == "__main__":
    main()
