import io.github.pgkill.testing.Story
import java.security.KeyPairGenerator
import org.bouncycastle.bcpg.ArmoredOutputStream
import org.bouncycastle.bcpg.HashAlgorithmTags
import org.bouncycastle.bcpg.PublicKeyPacket
import org.bouncycastle.openpgp.PGPPublicKey
import org.bouncycastle.openpgp.PGPSecretKey
import org.bouncycastle.openpgp.PGPSignature
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPContentSignerBuilder
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPDigestCalculatorProviderBuilder
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPKeyPair

def story = Story.begin(basedir, context)
story.copyCheckout()
story.copyClasses()

// the steps before a release that CONTRIBUTING.md names
def pom = new File(basedir, 'pom.xml')
def home = '<!-- url, scm and issueManagement come with the project\'s public home; the release profile insists on them. -->'
assert pom.text.contains(home)
pom.text = pom.text
    .replaceFirst('<version>[0-9.]+-SNAPSHOT</version>', '<version>1.0.0</version>')
    .replace(home, '<url>https://pgkill.example</url><scm><url>https://pgkill.example/sources</url></scm>' +
        '<issueManagement><url>https://pgkill.example/issues</url></issueManagement>')

// a key to throw away
def pair = new JcaPGPKeyPair(
    PublicKeyPacket.VERSION_4, PGPPublicKey.RSA_GENERAL, KeyPairGenerator.getInstance('RSA').generateKeyPair(), new Date())
def key = new PGPSecretKey(
    PGPSignature.POSITIVE_CERTIFICATION, pair, 'thrown away',
    new JcaPGPDigestCalculatorProviderBuilder().build().get(HashAlgorithmTags.SHA1), null, null,
    new JcaPGPContentSignerBuilder(PGPPublicKey.RSA_GENERAL, HashAlgorithmTags.SHA256), null)
def file = new File(basedir, 'key.asc')
file.withOutputStream { out -> new ArmoredOutputStream(out).withCloseable { key.encode(it) } }
context.put('key', key.publicKey)
context.put('url', story.server().jdbcUrl(story.database()))

story.tell('gpg.keyFilePath', file.path)
story.tell('altDeploymentRepository', "released::${new File(basedir, 'released').toURI()}".toString())

return true
