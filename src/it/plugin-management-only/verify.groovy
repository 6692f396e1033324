import io.github.pgkill.testing.Story

def story = Story.of(context)
assert !context.get('victim').alive()
assert context.get('spared').alive()

def report = story.reports('target/pgkill')[0]
assert report.verdict.status == 'success'
assert report.counts == [matched: 2, gone: 1, alreadyGone: 0, refused: 0, survived: 0, excluded: 1, newcomers: 0, listed: report.counts.listed]

// Maven 3.9 and later would say so
assert !story.said('validation issues')

story.close()
