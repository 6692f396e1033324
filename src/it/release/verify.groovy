import groovy.json.JsonSlurper
import groovy.xml.XmlSlurper
import io.github.pgkill.testing.RealMaven
import io.github.pgkill.testing.Story
import java.util.zip.ZipFile
import java.util.zip.ZipInputStream
import org.bouncycastle.openpgp.PGPUtil
import org.bouncycastle.openpgp.jcajce.JcaPGPObjectFactory
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPContentVerifierBuilderProvider

def story = Story.of(context)
assert story.said('Skipping Central Release Publishing', 'BUILD SUCCESS')

// the bundle: everything that Maven Central asks for, with signatures and checksums
def files = ['.jar', '.pom', '-sources.jar', '-javadoc.jar', '-cyclonedx.json']
def sums = ['md5', 'sha1', 'sha256', 'sha512']
def bundle = [:]
new ZipFile(new File(basedir, 'target/central-publishing/central-bundle.zip')).withCloseable { zip ->
  zip.entries().findAll { !it.directory }.each { bundle[it.name] = zip.getInputStream(it).bytes }
}
def prefix = 'io/github/pgkill/pgkill-maven-plugin/1.0.0/pgkill-maven-plugin-1.0.0'
assert bundle.keySet() == files.collectMany { [it, it + '.asc'] + sums.collect { sum -> "$it.$sum".toString() } }
    .collect { prefix + it }.toSet()
files.each {
  def signature = new JcaPGPObjectFactory(
      PGPUtil.getDecoderStream(new ByteArrayInputStream(bundle[prefix + it + '.asc']))).nextObject().get(0)
  signature.init(new JcaPGPContentVerifierBuilderProvider(), context.get('key'))
  signature.update(bundle[prefix + it])
  assert signature.verify() : it
}
def names = { byte[] jar ->
  def found = []
  new ZipInputStream(new ByteArrayInputStream(jar)).withCloseable { zip ->
    for (def entry = zip.nextEntry; entry != null; entry = zip.nextEntry) {
      found << entry.name
    }
  }
  return found
}
['.jar', '-sources.jar', '-javadoc.jar'].each {
  assert names(bundle[prefix + it]).containsAll(['META-INF/LICENSE', 'META-INF/NOTICE']) : it
}
assert names(bundle[prefix + '.jar']).containsAll(
    ['META-INF/maven/plugin.xml', 'META-INF/m2e/lifecycle-mapping-metadata.xml'])

// the POM that users' builds parse
def pom = new XmlSlurper().parse(new ByteArrayInputStream(bundle[prefix + '.pom']))
assert [pom.name, pom.description, pom.url, pom.licenses.license.name, pom.developers.developer.name, pom.scm.url,
    pom.issueManagement.url].every { it.text() }
assert pom.packaging == 'maven-plugin' && pom.prerequisites.maven == '3.6.3'
assert pom.build.isEmpty() && pom.profiles.isEmpty() && pom.properties.isEmpty()
def runTime = pom.dependencies.dependency.findAll { it.scope == 'compile' }
assert runTime*.artifactId*.text() == ['postgresql', 'plexus-utils', 'gson', 'snakeyaml']
assert pom.dependencies.dependency.every { it.scope.text() in ['compile', 'provided'] }
assert runTime*.exclusions*.text().findAll().size() == 2

// the bill of materials lists what comes with the plugin, and nothing of how it was built
def bill = new JsonSlurper().parse(bundle[prefix + '-cyclonedx.json'])
assert bill.metadata.component.name == 'pgkill-maven-plugin' && bill.metadata.component.version == '1.0.0'
assert bill.components*.name as Set == runTime*.artifactId*.text() as Set

// a new project gets it from where it was deployed, on the oldest Maven and the newest that there are
def settings = new File(basedir, 'consumer/settings.xml')
settings.text = settings.text
    .replace('RELEASED', new File(basedir, 'released').toURI().toString())
    .replace('DEPENDENCIES', localRepositoryPath.toURI().toString())
def mavens = (new File(basedir, '../../maven').listFiles() ?: []).sort()
def oldest = mavens.find { it.name.endsWith("-${pom.prerequisites.maven}") }
def nowhere = new File(basedir, 'nowhere')
nowhere.mkdirs()
(mavens ? [oldest, mavens.last()] : [null]).each { home ->
  def maven = { directory ->
    def one = new RealMaven(directory.toPath()).settings(settings.toPath())
        .repository(new File(basedir, "repository-${home?.name}").toPath())
        .typed(['pgkill.url': context.get('url'), 'pgkill.user': 'postgres'])
    return home == null ? one : one.installed(home.toPath())
  }
  def client = story.clients().idle()
  def inProject = maven(settings.parentFile).run('validate')
  assert inProject.any { it.contains('terminated 1 of 1 session') } && inProject.any { it.contains('BUILD SUCCESS') } : inProject
  assert !client.alive()
  // by its prefix, which the group's metadata knows
  def byPrefix = maven(nowhere).run('pgkill:list-sessions')
  assert byPrefix.any { it.contains('no session matches') } && byPrefix.any { it.contains('BUILD SUCCESS') } : byPrefix
}

story.close()
