import io.github.pgkill.testing.Story

def story = Story.of(context)
def went = ['keepClear: until the build ends', 'Successfully cleaned schema', 'Successfully applied 1 migration', 'that blocked this build ', 'BUILD SUCCESS']
assert story.said(*(went + went + ['would terminate', 'BUILD SUCCESS']))

assert context.get('pool').lost() > 0
assert story.door() == context.get('before')
context.get('pool').close()
story.execute('insert into wanted(fresh) values (1)')

story.close()
