import io.github.pgkill.testing.Story

def story = Story.of(context)
assert story.said('keepClear: until the build ends', 'Successfully cleaned schema', 'Successfully applied 1 migration', 'BUILD SUCCESS')
assert !story.log().contains('secret')
story.execute('insert into wanted(fresh) values (1)')

story.close()
