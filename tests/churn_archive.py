#!/usr/bin/env python3
"""A root that is committed to and pruned, and its archive that grows and is
pruned by everybody, without a pause.

    churn_archive.py run ROOT ARCHIVE RECORDS STOP ANSWERS KEEP MNT...
                             until the file STOP exists: commit to ROOT and gc
                             it; let an archiver follow it that keeps the last
                             KEEP in ARCHIVE, and gc ARCHIVE to the last KEEP by
                             the command line and by each MNT's control file.
                             ANSWERS gets every answer about ARCHIVE,
                             ANSWERS.root those about ROOT
    churn_archive.py answers ROOT ARCHIVE RECORDS ANSWERS
                             whether these add up, for both of them

ARCHIVE holds some checkpoints before.  What RECORDS and the environment are:
churn.py.
"""
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import churn  # noqa: E402

# Why one of the archive may be kept.
REASONS = ("newest, last", "last", "being read", "pinned as anchor", "pinned as anchor, last",
           "newest, pinned as anchor, last")


class ArchiveChurn(churn.Churn):
    def __init__(self, root, archive, records, stop, answers, keep, mounts):
        super().__init__(root, records, stop, answers + ".root", ())
        self.stager.follow(max(os.listdir(records)))
        self.archive, self.keep = archive, keep
        self.answers, self.before = answers, os.path.getsize(answers)
        self.of_archive = churn.Churn(archive, records, stop, answers, mounts)

    def archiver(self):
        """Its lines are answers; what it says besides is only that somebody
        else was at the archive just then."""
        with open(self.stop + ".archiver", "w") as said:
            p = subprocess.Popen(["ckptfs", "archive", self.root, self.archive, "--watch", "--json", "--quiet",
                                  "--keep-last", self.keep], stdout=subprocess.PIPE, stderr=said, text=True)
        reader = multiprocessing.get_context("fork").Process(target=self.follow, args=(p.stdout,))
        reader.start()
        p.stdout.close()
        while self.going() and p.poll() is None:
            time.sleep(0.05)
        p.send_signal(signal.SIGTERM)
        status = p.wait(churn.ANSWER_SECONDS)
        reader.join()
        with open(self.stop + ".archiver") as said:
            other = [line for line in said if "in use by" not in line]
        if status or other or reader.exitcode:
            raise SystemExit(f"the archiver ended with {status}: {''.join(other)}")

    def follow(self, lines):
        for line in lines:
            entry = {"by": "archiver", "verb": "archive", "answer": json.loads(line)}
            os.write(self.of_archive.out, (json.dumps(entry) + "\n").encode())

    def prune(self, way):
        """Not before the archiver has begun: one that finds its archive locked
        from the beginning takes it for a running pipeline's, and ends."""
        while self.going() and os.path.getsize(self.answers) == self.before:
            time.sleep(0.05)
        self.of_archive.gc(way, f"keep-last={self.keep}")

    def jobs(self):
        fork = multiprocessing.get_context("fork")
        return super().jobs() + [fork.Process(target=self.archiver)] + [
            fork.Process(target=self.prune, args=(w,)) for w in self.of_archive.ways]


def run(root, archive, records, stop, answers, keep, *mounts):
    return ArchiveChurn(root, archive, records, stop, answers, keep, mounts).run()


def answers(root, archive, records, path):
    wrong, added = [], []
    removed, counts = churn.tally(path + ".root", ("newest", "being read"), wrong)
    churn.add_up({n[:-5] for n in os.listdir(records)}, removed, root, wrong)
    print(json.dumps(counts))
    removed, counts = churn.tally(path, REASONS, wrong)
    for line in open(path):
        answer = json.loads(line)["answer"]
        added += answer.get("added", [])
        if answer.get("copied"):
            wrong.append(f"copied instead of linked: {line}")
        for s in answer.get("skipped", []):
            counts["skipped"] = counts.get("skipped", 0) + 1
            if s["why"] != "gone meanwhile" and "is just being removed" not in s["why"]:
                wrong.append(f"skipped for another reason: {s}")
    if len(set(added)) != len(added):
        wrong.append("one was added twice")
    counts["added"] = len(added)
    churn.add_up(added, removed, archive, wrong)
    return churn.verdict(counts, wrong)


if __name__ == "__main__":
    commands = {"run": run, "answers": answers}
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
