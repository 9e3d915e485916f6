//! Every kind of problem. Codes are for ever: clients match on them.

use axum::http::StatusCode;
use invoice::Rule;

use super::Kind;

macro_rules! kinds {
    ($($name:ident = $status:ident, $code:literal, $title:literal,
        fr: $fr:literal, es: $es:literal, en: $en:literal;)*) => {
        $(pub(crate) const $name: &Kind = &Kind {
            status: StatusCode::$status,
            title: $title,
            rule: Rule { code: $code, fr: $fr, es: $es, en: $en },
        };)*
        /// Every kind, for the documentation and for the test that walks them all.
        pub(crate) const KINDS: &[&Kind] = &[$($name),*];
    };
}

kinds! {
    BAD_REQUEST = BAD_REQUEST, "bad_request", "The request cannot be read",
        fr: "La requête ne peut pas être lue. Vérifiez l'adresse, les en-têtes et le corps.",
        es: "La solicitud no se puede leer. Revise la dirección, las cabeceras y el cuerpo.",
        en: "The request cannot be read. Check the address, the headers and the body.";
    BAD_QUERY = BAD_REQUEST, "bad_query", "A query parameter is not right",
        fr: "Un paramètre de l'adresse n'est pas correct : {reason}.",
        es: "Un parámetro de la dirección no es correcto: {reason}.",
        en: "A parameter of the address is not right: {reason}.";
    BAD_CURSOR = BAD_REQUEST, "bad_cursor", "The cursor is not one of ours",
        fr: "Le curseur ne vient pas de cette liste. Recommencez sans curseur.",
        es: "El cursor no procede de esta lista. Vuelva a empezar sin cursor.",
        en: "The cursor does not come from this list. Start again without one.";
    MALFORMED_JSON = BAD_REQUEST, "malformed_json", "The body is not a JSON document",
        fr: "Le corps n'est pas un document JSON admis : {reason}.",
        es: "El cuerpo no es un documento JSON admitido: {reason}.",
        en: "The body is not a JSON document that is allowed here: {reason}.";
    IDEMPOTENCY_KEY_MISSING = BAD_REQUEST, "idempotency_key_missing",
        "The header Idempotency-Key is missing or malformed",
        fr: "L'en-tête Idempotency-Key est obligatoire : 1 à {maximum} caractères ASCII visibles.",
        es: "La cabecera Idempotency-Key es obligatoria: de 1 a {maximum} caracteres ASCII visibles.",
        en: "The header Idempotency-Key is required: 1 to {maximum} visible ASCII characters.";
    DOCUMENT_MISSING = BAD_REQUEST, "document_missing", "The request holds no document",
        fr: "La requête ne contient aucun document : envoyez-le comme partie « xml » d'un formulaire.",
        es: "La solicitud no contiene ningún documento: envíelo como parte «xml» de un formulario.",
        en: "The request holds no document: send it as the part \"xml\" of a form.";
    DOCUMENT_UNREADABLE = BAD_REQUEST, "document_unreadable", "The document cannot be read",
        fr: "Le document ne peut pas être lu : {reason}.",
        es: "El documento no se puede leer: {reason}.",
        en: "The document cannot be read: {reason}.";
    SEED_REFUSED = BAD_REQUEST, "seed_refused", "The signed seed is not accepted",
        fr: "La semence signée n'est pas acceptée : {reason}. Demandez-en une nouvelle.",
        es: "La semilla firmada no se acepta: {reason}. Solicite una nueva.",
        en: "The signed seed is not accepted: {reason}. Ask for a new one.";
    APPROVAL_NOT_OURS = BAD_REQUEST, "approval_not_ours", "The approval is on no document of ours",
        fr: "Aucun document de ce contribuable n'a ce numéro, cet acheteur, cette date et ce total.",
        es: "Ningún documento de este contribuyente tiene ese número, comprador, fecha y total.",
        en: "No document of this taxpayer has this number, buyer, date and total.";
    PEER_UNAUTHENTICATED = UNAUTHORIZED, "peer_unauthenticated", "No valid token",
        fr: "Donnez un jeton valable : signez une semence de ce contribuable.",
        es: "Indique un token válido: firme una semilla de este contribuyente.",
        en: "Give a valid token: sign a seed of this taxpayer.";
    UNAUTHENTICATED = UNAUTHORIZED, "unauthenticated", "No valid API key",
        fr: "Donnez une clé d'API valable : « Authorization: Bearer sk_… ».",
        es: "Indique una clave de API válida: «Authorization: Bearer sk_…».",
        en: "Give a valid API key: \"Authorization: Bearer sk_…\".";
    KEY_EXPIRED = UNAUTHORIZED, "api_key_expired", "The API key has expired",
        fr: "La clé d'API a expiré. Demandez-en une nouvelle.",
        es: "La clave de API ha caducado. Solicite una nueva.",
        en: "The API key has expired. Ask for a new one.";
    KEY_REVOKED = UNAUTHORIZED, "api_key_revoked", "The API key was revoked",
        fr: "La clé d'API a été révoquée. Demandez-en une nouvelle.",
        es: "La clave de API ha sido revocada. Solicite una nueva.",
        en: "The API key was revoked. Ask for a new one.";
    NOT_PERMITTED = FORBIDDEN, "operation_not_permitted", "The API key lacks a right",
        fr: "Cette clé d'API n'a pas le droit {operation}.",
        es: "Esta clave de API no tiene el permiso {operation}.",
        en: "This API key lacks the right {operation}.";
    WRONG_ENVIRONMENT = FORBIDDEN, "wrong_environment", "A test key on a live outlet, or the reverse",
        fr: "La clé est « {key} » et le point de vente est « {outlet} » : ils ne vont pas ensemble.",
        es: "La clave es «{key}» y el punto de venta es «{outlet}»: no van juntos.",
        en: "The key is for {key} and the outlet is for {outlet}: they do not go together.";
    OUTLETS_NOT_CREATED_HERE = FORBIDDEN, "outlets_not_created_here",
        "This server does not create outlets",
        fr: "Ce serveur ne crée pas de points de vente : son exploitant n'a nommé ni clé ni lignes pour eux.",
        es: "Este servidor no crea puntos de venta: su operador no ha indicado clave ni líneas para ellos.",
        en: "This server creates no outlets: its operator has named no key and no wires for them.";
    NO_SUCH_RESOURCE = NOT_FOUND, "not_found", "There is nothing at this address",
        fr: "Il n'y a rien à cette adresse.",
        es: "No hay nada en esta dirección.",
        en: "There is nothing at this address.";
    OUTLET_UNKNOWN = NOT_FOUND, "outlet_unknown", "No such outlet",
        fr: "Cette clé ne connaît aucun point de vente {outlet}.",
        es: "Esta clave no conoce ningún punto de venta {outlet}.",
        en: "This key knows no outlet {outlet}.";
    INVOICE_UNKNOWN = NOT_FOUND, "invoice_unknown", "No such invoice",
        fr: "Cette clé ne connaît aucune facture {invoice}.",
        es: "Esta clave no conoce ninguna factura {invoice}.",
        en: "This key knows no invoice {invoice}.";
    NO_SIGNED_DOCUMENT = NOT_FOUND, "no_signed_document", "The invoice has no signed document",
        fr: "Aucun document n'a été signé pour l'autorité sur la facture {invoice} : soit son canal n'en demande pas, soit elle n'est pas scellée.",
        es: "No se firmó ningún documento para la autoridad sobre la factura {invoice}: o su canal no lo pide, o no está sellada.",
        en: "No document was signed for the authority about invoice {invoice}: its channel asks for none, or it is not sealed.";
    API_KEY_UNKNOWN = NOT_FOUND, "api_key_unknown", "No such API key",
        fr: "Cette clé ne connaît aucune clé d'API {id}.",
        es: "Esta clave no conoce ninguna clave de API {id}.",
        en: "This key knows no API key {id}.";
    DOCUMENT_UNKNOWN = NOT_FOUND, "document_unknown", "No such received document",
        fr: "Cette clé ne connaît aucun document reçu {document}.",
        es: "Esta clave no conoce ningún documento recibido {document}.",
        en: "This key knows no received document {document}.";
    PAPER_RECEIPT_UNKNOWN = NOT_FOUND, "paper_receipt_unknown", "No such receipt on paper",
        fr: "Cette clé ne connaît aucun reçu sur papier {paper}.",
        es: "Esta clave no conoce ningún comprobante en papel {paper}.",
        en: "This key knows no receipt on paper {paper}.";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED, "method_not_allowed", "The method is not for this address",
        fr: "Cette méthode n'existe pas à cette adresse. L'en-tête Allow dit lesquelles existent.",
        es: "Este método no existe en esta dirección. La cabecera Allow dice cuáles existen.",
        en: "There is no such method at this address. The header Allow tells which there are.";
    NOT_ACCEPTABLE = NOT_ACCEPTABLE, "not_acceptable", "None of the formats wanted can be given",
        fr: "Formats disponibles : {formats}.",
        es: "Formatos disponibles: {formats}.",
        en: "Formats that can be had: {formats}.";
    REQUEST_TIMEOUT = REQUEST_TIMEOUT, "request_timeout", "The body came too slowly",
        fr: "Le corps de la requête n'est pas arrivé en {seconds} secondes.",
        es: "El cuerpo de la solicitud no llegó en {seconds} segundos.",
        en: "The body of the request did not come within {seconds} seconds.";
    KEY_REUSED = CONFLICT, "idempotency_key_reused", "The idempotency key was used for another request",
        fr: "Cette clé d'idempotence a déjà servi pour une autre requête. Prenez-en une nouvelle.",
        es: "Esta clave de idempotencia ya se usó para otra solicitud. Use una nueva.",
        en: "This idempotency key was used for another request before. Take a new one.";
    DOCUMENT_DECIDED = CONFLICT, "document_decided", "The document was approved or rejected before",
        fr: "Le document {document} a déjà été approuvé ou rejeté : cela ne se fait qu'une fois.",
        es: "El documento {document} ya fue aprobado o rechazado: solo se hace una vez.",
        en: "Document {document} was approved or rejected before: that is done once.";
    NOT_APPROVABLE = CONFLICT, "not_approvable", "The document is neither approved nor rejected",
        fr: "Un document de ce genre ne s'approuve ni ne se rejette.",
        es: "Un documento de este tipo no se aprueba ni se rechaza.",
        en: "A document of this kind is neither approved nor rejected.";
    CONFLICT = CONFLICT, "conflict", "It exists already",
        fr: "Cela existe déjà : {what}.",
        es: "Eso ya existe: {what}.",
        en: "It exists already: {what}.";
    TOO_MANY_API_KEYS = CONFLICT, "too_many_api_keys", "The tenant has too many API keys",
        fr: "{maximum} clés d'API sont en vigueur. Révoquez celles qui ne servent plus.",
        es: "Hay {maximum} claves de API en vigor. Revoque las que ya no se usan.",
        en: "There are {maximum} API keys in force. Revoke those that are not used any more.";
    NOT_SEALED = CONFLICT, "not_sealed", "The invoice is not sealed",
        fr: "La facture est « {state} » : il n'y a pas de reçu tant qu'elle n'est pas scellée.",
        es: "La factura está «{state}»: no hay recibo mientras no esté sellada.",
        en: "The invoice is {state}: there is no receipt until it is sealed.";
    ANNULMENT_NOT_TAKEN = CONFLICT, "annulment_not_taken", "The authority takes no annulments here",
        fr: "L'autorité n'annule pas de numéros pour ce point de vente : {reason}. Rien n'a été enregistré.",
        es: "La autoridad no anula números para este punto de venta: {reason}. No se registró nada.",
        en: "The authority annuls no numbers for this outlet: {reason}. Nothing was recorded.";
    NOT_ASKED = CONFLICT, "not_asked", "Nobody asked about this invoice",
        fr: "Personne n'a rien demandé sur cette facture : son envoi est « {state} ».",
        es: "Nadie ha preguntado por esta factura: su envío está «{state}».",
        en: "Nobody asked about this invoice: its submission is {state}.";
    ANSWER_TOO_EARLY = CONFLICT, "answer_too_early", "The authority may still register the invoice",
        fr: "L'autorité peut encore enregistrer la facture. Attendez {seconds} secondes.",
        es: "La autoridad aún puede registrar la factura. Espere {seconds} segundos.",
        en: "The authority may still come to register the invoice. Wait {seconds} seconds.";
    ANSWER_NOT_BELIEVED = UNPROCESSABLE_ENTITY, "answer_not_believed", "The answer cannot be true of this invoice",
        fr: "La réponse ne peut pas être celle de cette facture : {why}",
        es: "La respuesta no puede ser la de esta factura: {why}",
        en: "The answer cannot be true of this invoice: {why}";
    WRONG_STATE = CONFLICT, "submission_in_another_state", "The submission is in another state",
        fr: "L'envoi est « {state} » : cela n'y est pas possible.",
        es: "El envío está «{state}»: eso no es posible.",
        en: "The submission is {state}: that cannot be done with it.";
    NO_SUBMISSION = CONFLICT, "no_submission", "The invoice has no submission",
        fr: "Rien n'est à transmettre pour cette facture.",
        es: "No hay nada que transmitir de esta factura.",
        en: "There is nothing to submit of this invoice.";
    LEASED = CONFLICT, "submission_busy", "Somebody is at this submission",
        fr: "Cet envoi est en cours. Réessayez dans quelques instants.",
        es: "Este envío está en curso. Vuelva a intentarlo en unos instantes.",
        en: "This submission is being driven right now. Try again in a moment.";
    NO_NUMBERS = CONFLICT, "no_numbers", "The outlet has no number left for this document",
        fr: "Ce point de vente n'a plus de numéro valable de type {kind}. Enregistrez une nouvelle séquence autorisée (POST /v1/sequences, ou stalela sequence add), ou prêtez-lui des numéros d'une séquence. Rien n'a été écrit.",
        es: "Este punto de venta no tiene números vigentes de tipo {kind}. Registre una nueva secuencia autorizada (POST /v1/sequences o stalela sequence add) o préstele números de una secuencia. No se escribió nada.",
        en: "This outlet has no valid number of kind {kind} left. Record a newly authorised sequence (POST /v1/sequences, or stalela sequence add), or lend it numbers of one. Nothing was written.";
    CLOCK_WENT_BACK = CONFLICT, "clock_went_back", "The clock went back",
        fr: "L'horloge dit {now} et la dernière écriture est de {last}. Réglez-la, ou qu'un responsable l'accepte.",
        es: "El reloj dice {now} y el último asiento es de {last}. Corríjalo, o que un responsable lo acepte.",
        en: "The clock says {now} and the last entry is of {last}. Set it right, or let an operator accept it.";
    STORE_ROLLED_BACK = CONFLICT, "store_rolled_back", "The store has lost entries of this outlet",
        fr: "Les données de ce point de vente sont revenues à un état ancien : {found} écritures au lieu de {anchored}. N'émettez rien. Qu'un responsable remette l'état le plus récent, ou exécute « stalela outlet recover ». Rien n'a été écrit.",
        es: "Los datos de este punto de venta volvieron a un estado anterior: {found} asientos en lugar de {anchored}. No emita nada. Que un responsable restablezca el estado más reciente o ejecute «stalela outlet recover». No se escribió nada.",
        en: "The store of this outlet is an older one: {found} entries instead of {anchored}. Do not issue anything. Let an operator put the newest state back, or run `stalela outlet recover`. Nothing was written.";
    CLOCK_NOT_BEHIND = CONFLICT, "clock_not_behind", "The clock did not go back",
        fr: "L'horloge dit {now} et n'a pas reculé : il n'y a rien à accepter, rien n'a été écrit.",
        es: "El reloj dice {now} y no retrocedió: no hay nada que aceptar, no se escribió nada.",
        en: "The clock says {now} and did not go back: there is nothing to accept, nothing was written.";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large",
        fr: "Le corps de la requête dépasse la taille admise.",
        es: "El cuerpo de la solicitud supera el tamaño admitido.",
        en: "The body of the request is larger than is allowed.";
    INVOICE_TOO_LARGE = PAYLOAD_TOO_LARGE, "invoice_too_large", "The priced invoice is too large",
        fr: "Chiffrée, la facture ou la demande à l'autorité dépasse {maximum} octets. Rien n'a été écrit : répartissez les lignes sur plusieurs factures, ou raccourcissez les textes.",
        es: "Calculada, la factura o la solicitud a la autoridad supera los {maximum} bytes. No se escribió nada: reparta las líneas en varias facturas o acorte los textos.",
        en: "Priced, the invoice or the request to the authority has more than {maximum} bytes. Nothing was written: split the lines over several invoices, or shorten the texts.";
    TARGET_TOO_LONG = URI_TOO_LONG, "target_too_long", "The address is too long",
        fr: "L'adresse dépasse {maximum} octets.",
        es: "La dirección supera los {maximum} bytes.",
        en: "The address has more than {maximum} bytes.";
    UNSUPPORTED_MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body must be JSON",
        fr: "Le corps doit être du JSON : « Content-Type: application/json ».",
        es: "El cuerpo debe ser JSON: «Content-Type: application/json».",
        en: "The body must be JSON: \"Content-Type: application/json\".";
    COSIGNATURE_REFUSED = UNPROCESSABLE_ENTITY, "cosignature_refused", "No true cosignature",
        fr: "Aucune ligne n'est une cosignature valable de ce point de contrôle par un témoin configuré ici.",
        es: "Ninguna línea es una cofirma válida de este punto de control por un testigo configurado aquí.",
        en: "No line is a true cosignature of this checkpoint by a witness that is configured here.";
    INVALID_DOCUMENT = UNPROCESSABLE_ENTITY, "invalid_document", "The document breaks rules",
        fr: "Le document enfreint {count} règle(s) ; chacune est dans faults. Rien n'a été écrit.",
        es: "El documento incumple {count} regla(s); cada una está en faults. No se escribió nada.",
        en: "The document breaks {count} rule(s); each stands in faults. Nothing was written.";
    AUTHORITY_REFUSED = UNPROCESSABLE_ENTITY, "authority_refused", "The authority refused the invoice",
        fr: "L'autorité a refusé la facture : {said}",
        es: "La autoridad rechazó la factura: {said}",
        en: "The authority refused the invoice: {said}";
    RATE_LIMITED = TOO_MANY_REQUESTS, "rate_limited", "Too many requests",
        fr: "Trop de requêtes avec cette clé. Réessayez dans {seconds} s.",
        es: "Demasiadas solicitudes con esta clave. Vuelva a intentarlo en {seconds} s.",
        en: "Too many requests with this key. Try again in {seconds} s.";
    HEADERS_TOO_LARGE = REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large", "The headers are too large",
        fr: "Les en-têtes dépassent {maximum} octets.",
        es: "Las cabeceras superan los {maximum} bytes.",
        en: "The headers have more than {maximum} bytes.";
    INTERNAL = INTERNAL_SERVER_ERROR, "internal_error", "The fault is ours",
        fr: "La faute est de notre côté. Répétez avec la même clé d'idempotence ; citez request_id.",
        es: "El fallo es nuestro. Repita con la misma clave de idempotencia; cite request_id.",
        en: "The fault is ours. Repeat with the same idempotency key; quote request_id.";
    RECORD_UNREADABLE = INTERNAL_SERVER_ERROR, "record_unreadable", "A stored record cannot be read",
        fr: "Un enregistrement n'est pas ce qui fut écrit. L'exploitant doit vérifier le registre.",
        es: "Un registro no es lo que se escribió. El operador debe verificar el libro.",
        en: "A record is not what was written. The operator must verify the ledger.";
    RECEIPT_UNPRINTABLE = INTERNAL_SERVER_ERROR, "receipt_unprintable", "The receipt cannot be laid out",
        fr: "Le reçu ne peut pas être mis en page : {reason}.",
        es: "El recibo no se puede componer: {reason}.",
        en: "The receipt cannot be laid out: {reason}.";
    OUTLET_UNUSABLE = SERVICE_UNAVAILABLE, "outlet_unusable", "The outlet cannot work",
        fr: "Le point de vente {outlet} ne peut pas travailler : {reason}",
        es: "El punto de venta {outlet} no puede trabajar: {reason}",
        en: "Outlet {outlet} cannot work: {reason}";
    LEDGER_UNAVAILABLE = SERVICE_UNAVAILABLE, "ledger_unavailable", "The ledger does not answer",
        fr: "Le registre ne répond pas. Répétez avec la même clé d'idempotence.",
        es: "El libro no responde. Repita con la misma clave de idempotencia.",
        en: "The ledger does not answer. Repeat with the same idempotency key.";
    DRAINING = SERVICE_UNAVAILABLE, "draining", "The server is about to stop",
        fr: "Le serveur va s'arrêter. Adressez-vous à un autre.",
        es: "El servidor está por detenerse. Diríjase a otro.",
        en: "The server is about to stop. Turn to another one.";
    SIGNING_FAILED = SERVICE_UNAVAILABLE, "signing_failed", "The invoice could not be signed",
        fr: "La signature n'a pas pu être faite. Rien n'a été écrit ; réessayez.",
        es: "No se pudo firmar. No se escribió nada; vuelva a intentarlo.",
        en: "No signature could be made. Nothing was written; try again.";
    RECEPTION_UNAVAILABLE = SERVICE_UNAVAILABLE, "reception_unavailable",
        "Documents cannot be received just now",
        fr: "Ce contribuable ne peut pas recevoir de documents en ce moment. Réessayez plus tard.",
        es: "Este contribuyente no puede recibir documentos en este momento. Inténtelo más tarde.",
        en: "This taxpayer cannot receive documents just now. Try again later.";
    OVERLOADED = SERVICE_UNAVAILABLE, "overloaded", "Too much is under way",
        fr: "Trop de requêtes sont en cours. Réessayez dans un instant.",
        es: "Hay demasiadas solicitudes en curso. Vuelva a intentarlo en un momento.",
        en: "Too many requests are under way. Try again in a moment.";
    STILL_WORKING = SERVICE_UNAVAILABLE, "still_working", "The request is still being worked on",
        fr: "La requête est encore en cours. Répétez-la telle quelle avec la même clé d'idempotence.",
        es: "La solicitud sigue en curso. Repítala tal cual con la misma clave de idempotencia.",
        en: "The request is still being worked on. Repeat it as it is with the same idempotency key.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_among_all_rules_and_every_sentence_has_three_languages() {
        let rules = invoice::rules().chain(fiscal::RULES.iter().copied());
        let mut seen: HashSet<&str> = rules.map(|rule| rule.code).collect();
        for rule in KINDS.iter().map(|kind| &kind.rule).chain(crate::rules::RULES.iter().copied()) {
            assert!(seen.insert(rule.code), "{} stands twice", rule.code);
            let names = |sentence: &'static str| -> HashSet<&str> {
                sentence.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect()
            };
            assert_eq!(names(rule.fr), names(rule.en), "{}", rule.code);
            assert_eq!(names(rule.es), names(rule.en), "{}", rule.code);
            for sentence in [rule.fr, rule.es, rule.en] {
                assert!(sentence.ends_with(['.', '}']) && sentence.len() > 10, "{}", rule.code);
            }
        }
    }
}
