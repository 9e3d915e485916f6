//! What a draft can break of the Dominican rules before there is a document. Codes are for ever.

use invoice::Rule;

macro_rules! rules {
    ($($name:ident = $code:literal, fr: $fr:literal, es: $es:literal, en: $en:literal;)*) => {
        $(pub(super) const $name: &Rule = &Rule { code: $code, fr: $fr, es: $es, en: $en };)*
        /// Every rule of this folder, for the test that walks them all.
        pub const RULES: &[&Rule] = &[$($name),*];
    };
}

rules! {
    DATE_IN_FUTURE = "do_date_in_future",
        fr: "La date d'émission ne peut suivre le {today}, date du jour au point de vente.",
        es: "La fecha de emisión no puede ser posterior al {today}, la fecha de hoy en el punto de venta.",
        en: "The date of issue cannot lie after {today}, which is today at the outlet.";
    EXCHANGE_RATE_TOO_LARGE = "do_exchange_rate_too_large",
        fr: "Un taux de change a au plus {maximum} chiffres avant la virgule.",
        es: "Una tasa de cambio tiene como máximo {maximum} cifras antes del punto decimal.",
        en: "A rate of exchange has at most {maximum} digits before the point.";
    SPECIFIC_TAX_BY_CODE = "do_specific_tax_by_code",
        fr: "Une taxe autre que l'ITBIS se donne par son code, dans do/taxes de la ligne.",
        es: "Un impuesto distinto del ITBIS se indica por su código, en do/taxes de la línea.",
        en: "A tax besides the ITBIS is given by its code, in do/taxes of the line.";
    GROUP_NOT_FOR_TYPE = "do_group_not_for_type",
        fr: "Le document {kind} n'admet que : {allowed}.",
        es: "El comprobante {kind} solo admite: {allowed}.",
        en: "A {kind} takes only: {allowed}.";
    SERVICES_ONLY = "do_services_only",
        fr: "Un paiement à l'étranger ne porte que des services.",
        es: "Un comprobante de pagos al exterior solo lleva servicios.",
        en: "A payment abroad bears services only.";
    UNKNOWN_UNIT = "do_unknown_unit",
        fr: "{value} n'est pas une unité de mesure de la DGII, ni par son code ni par son nom.",
        es: "{value} no es una unidad de medida de la DGII, ni por su código ni por su nombre.",
        en: "{value} is no unit of measure of the DGII, neither by its code nor by its name.";
    AMOUNT_OR_PERCENT = "do_amount_or_percent",
        fr: "Donnez soit un montant, soit un pourcentage.",
        es: "Indique un importe o un porcentaje, no ambos.",
        en: "Give either an amount or a percentage.";
    NEGATIVE = "do_negative",
        fr: "La valeur ne peut être inférieure à zéro.",
        es: "El valor no puede ser menor que cero.",
        en: "The value cannot be below zero.";
    DISCOUNT_EXCEEDS = "do_discount_exceeds",
        fr: "Les remises dépassent {limit}, ce qu'il y a à remiser.",
        es: "Los descuentos superan {limit}, que es lo que hay para descontar.",
        en: "The discounts exceed {limit}, which is all there is to discount.";
    ADJUSTED_GROUP_EMPTY = "do_adjusted_group_empty",
        fr: "Aucune ligne du groupe {group} n'a de montant à ajuster.",
        es: "Ninguna línea del grupo {group} tiene importe que ajustar.",
        en: "No line of the group {group} has an amount to adjust.";
    NORM_10_07_PRICES = "do_norm_10_07_prices",
        fr: "La norme 10-07 veut des prix ITBIS compris.",
        es: "La norma 10-07 exige precios con ITBIS incluido.",
        en: "Rule 10-07 wants prices that include the ITBIS.";
    NORM_10_07_TAXES = "do_norm_10_07_taxes",
        fr: "La norme 10-07 ne vise que des remises sur des lignes itbis_18 qui portent les taxes 002 et 004.",
        es: "La norma 10-07 solo cubre descuentos sobre líneas itbis_18 que llevan los impuestos 002 y 004.",
        en: "Rule 10-07 covers only discounts on itbis_18 lines that bear the taxes 002 and 004.";
    NORM_07_07_GROUP = "do_norm_07_07_group",
        fr: "La norme 07-07 partage une ligne du groupe itbis_18, sans autre taxe, remise ni retenue.",
        es: "La norma 07-07 divide una línea del grupo itbis_18, sin otro impuesto, descuento ni retención.",
        en: "Rule 07-07 divides a line of group itbis_18 without other taxes, discounts or withholding.";
    UNKNOWN_TAX = "do_unknown_tax",
        fr: "{value} n'est pas le code d'une taxe ; ils vont de 001 à 039.",
        es: "{value} no es el código de un impuesto; van de 001 a 039.",
        en: "{value} is not the code of a tax; they go from 001 to 039.";
    TAX_TWICE = "do_tax_twice",
        fr: "La taxe {code} figure deux fois sur la ligne.",
        es: "El impuesto {code} figura dos veces en la línea.",
        en: "The tax {code} stands twice on the line.";
    TAX_NOT_FOR_TYPE = "do_tax_not_for_type",
        fr: "La taxe {code} ne peut figurer sur ce type de document.",
        es: "El impuesto {code} no puede figurar en este tipo de comprobante.",
        en: "The tax {code} cannot stand on this type of document.";
    EXCISE_GROUP = "do_excise_group",
        fr: "La taxe {code} est un impôt sélectif, sur lequel l'ITBIS de 18 % est calculé : sa ligne est du groupe itbis_18.",
        es: "El impuesto {code} es selectivo, y sobre él se calcula el ITBIS de 18 %: su línea es del grupo itbis_18.",
        en: "The tax {code} is selective, and the ITBIS of 18 % is reckoned on it: its line is of group itbis_18.";
    TAX_RATE_FIXED = "do_tax_rate_fixed",
        fr: "Le taux de la taxe {code} est celui de la loi, {rate} % ; il ne se donne pas.",
        es: "La tasa del impuesto {code} es la de la ley, {rate} %; no se indica.",
        en: "The rate of the tax {code} is the law's, {rate} %; it is not given.";
    TAX_RATE_UNKNOWN = "do_tax_rate_unknown",
        fr: "Le montant spécifique de la taxe {code} au {date} n'est pas connu : donnez-le (rate) ou inscrivez-le dans les réglages du point de vente (excise_rates).",
        es: "No se conoce el monto específico del impuesto {code} al {date}: indíquelo (rate) o regístrelo en los ajustes del punto de venta (excise_rates).",
        en: "The specific amount of the tax {code} on {date} is not known: give it (rate) or state it in the outlet's settings (excise_rates).";
    TAX_RATES_DIFFER = "do_tax_rates_differ",
        fr: "La taxe {code} figure avec {rate} sur une ligne et {other} sur une autre.",
        es: "El impuesto {code} figura con {rate} en una línea y {other} en otra.",
        en: "The tax {code} stands with {rate} on one line and {other} on another.";
    EXCISE_FIELD_MISSING = "do_excise_field_missing",
        fr: "La taxe {code} se calcule avec {field}, qui manque.",
        es: "El impuesto {code} se calcula con {field}, que falta.",
        en: "The tax {code} is reckoned with {field}, which is missing.";
    NOT_IN_LITRES = "do_not_in_litres",
        fr: "Le contenu d'une boisson alcoolisée se donne en litres (unité 24).",
        es: "El contenido de una bebida alcohólica se indica en litros (unidad 24).",
        en: "What an alcoholic drink holds is given in litres (unit 24).";
    REFERENCE_PRICE_TOO_LOW = "do_reference_price_too_low",
        fr: "Le prix de référence est inférieur à l'ITBIS et à la taxe spécifique qu'il contient.",
        es: "El precio de referencia es inferior al ITBIS y al impuesto específico que contiene.",
        en: "The reference price is below the ITBIS and the specific tax that it holds.";
    WITHHOLDING_MISSING = "do_withholding_missing",
        fr: "Chaque ligne d'un achat indique ce qui est retenu (do/withholding).",
        es: "Cada línea de un comprobante de compras indica lo retenido (do/withholding).",
        en: "Each line of a purchase states what is withheld (do/withholding).";
    WITHHOLDING_NOT_FOR_TYPE = "do_withholding_not_for_type",
        fr: "Rien n'est retenu ni perçu sur ce type de document.",
        es: "En este tipo de comprobante no se retiene ni se percibe nada.",
        en: "Nothing is withheld or charged ahead on this type of document.";
    WITHHOLDING_ABROAD = "do_withholding_abroad",
        fr: "Sur un paiement à l'étranger on retient un impôt sur le revenu, d'au plus {maximum} sur cette ligne (27 %).",
        es: "En un pago al exterior se retiene impuesto sobre la renta, como máximo {maximum} en esta línea (27 %).",
        en: "A payment abroad keeps income tax back, at most {maximum} of this line (27 %).";
    CUSTOMER_UNEXPECTED = "do_customer_unexpected",
        fr: "Un document de menues dépenses n'a pas de client : type consumer, sans autre champ.",
        es: "Un comprobante de gastos menores no tiene comprador: tipo consumer, sin otro campo.",
        en: "A minor expense has no customer: kind consumer, and no other field.";
    CUSTOMER_RNC_REQUIRED = "do_customer_rnc_required",
        fr: "Ce document exige le RNC ou la cédula du client.",
        es: "Este comprobante exige el RNC o la cédula del comprador.",
        en: "This document requires the customer's RNC or cédula.";
    CUSTOMER_NUMBER_REQUIRED = "do_customer_number_required",
        fr: "Ce document exige le RNC, la cédula ou, pour un étranger, son identifiant.",
        es: "Este comprobante exige el RNC, la cédula o, si es extranjero, su identificador.",
        en: "This document requires the customer's RNC, cédula or, of a foreigner, an identifier.";
    CUSTOMER_NAME_REQUIRED = "do_customer_name_required",
        fr: "Ce document exige le nom ou la raison sociale du client.",
        es: "Este comprobante exige el nombre o la razón social del comprador.",
        en: "This document requires the customer's name.";
    CUSTOMER_COUNTRY_REQUIRED = "do_customer_country_required",
        fr: "Une exportation à qui n'a pas de RNC indique le pays de l'acheteur (customer/do/country).",
        es: "Una exportación a quien no tiene RNC indica el país del comprador (customer/do/country).",
        en: "An export to somebody without an RNC states the buyer's country (customer/do/country).";
    CUSTOMER_ABROAD = "do_customer_abroad",
        fr: "Un paiement à l'étranger va à un étranger : type foreigner.",
        es: "Un pago al exterior va a un extranjero: tipo foreigner.",
        en: "A payment abroad goes to a foreigner: kind foreigner.";
    RNC_SHAPE = "do_rnc_shape",
        fr: "Un RNC a neuf chiffres et une cédula onze, sans tirets.",
        es: "Un RNC tiene nueve cifras y una cédula once, sin guiones.",
        en: "An RNC has nine digits and a cédula eleven, without hyphens.";
    CHECK_DIGIT = "do_check_digit",
        fr: "Le chiffre de contrôle de {number} n'est pas le bon : vérifiez le numéro.",
        es: "El dígito verificador de {number} no es correcto: revise el número.",
        en: "The check digit of {number} is wrong: look at the number again.";
    PAYMENT_NOT_FOR_TYPE = "do_payment_not_for_type",
        fr: "Le paiement par {method} n'existe que sur une facture de consommation.",
        es: "El pago con {method} solo existe en una factura de consumo.",
        en: "Payment by {method} exists on a consumer invoice only.";
    FREE_NOT_FOR_TYPE = "do_free_not_for_type",
        fr: "Une remise gratuite ne donne pas droit au crédit fiscal.",
        es: "Una entrega gratuita no da derecho a crédito fiscal.",
        en: "What is given for free bears no tax credit.";
    CREDIT_NOT_FOR_TYPE = "do_credit_not_for_type",
        fr: "Un document {kind} n'est pas à crédit : il n'a pas de place pour une date limite de paiement.",
        es: "Un comprobante {kind} no es a crédito: no tiene lugar para una fecha límite de pago.",
        en: "A {kind} is not on credit: it has no place for a last day to pay.";
    DUE_DATE_MISSING = "do_due_date_missing",
        fr: "Un document à crédit indique sa date limite de paiement (do/payment_terms/due_on).",
        es: "Un comprobante a crédito indica su fecha límite de pago (do/payment_terms/due_on).",
        en: "A document on credit states the last day to pay (do/payment_terms/due_on).";
    DATES_REVERSED = "do_dates_reversed",
        fr: "Cette date ne peut précéder le {earlier}.",
        es: "Esta fecha no puede ser anterior al {earlier}.",
        en: "This date cannot lie before {earlier}.";
    REFERENCE_MISSING = "do_reference_missing",
        fr: "Désignez le document modifié : credit/original, ou do/reference avec number et issued_on.",
        es: "Indique el documento modificado: credit/original, o do/reference con number e issued_on.",
        en: "Name the document that is modified: credit/original, or do/reference with number and issued_on.";
    REFERENCE_TWICE = "do_reference_twice",
        fr: "Le document modifié est désigné par credit/original : do/reference/{field} est de trop.",
        es: "El documento modificado se indica con credit/original: do/reference/{field} sobra.",
        en: "The modified document is named by credit/original: do/reference/{field} is too much.";
    OTHER_IS_SELLER = "do_other_is_seller",
        fr: "other_tax_id désigne un autre contribuable que vous : pour un document à vous, omettez-le.",
        es: "other_tax_id indica otro contribuyente, no a usted: si el comprobante es suyo, omítalo.",
        en: "other_tax_id names another taxpayer than yourself: leave it out where the document is your own.";
    REFERENCE_DATE_DIFFERS = "do_reference_date_differs",
        fr: "Le document {number} est de votre registre et date du {expected}.",
        es: "El comprobante {number} es de su registro y lleva la fecha {expected}.",
        en: "The document {number} is in your ledger and is dated {expected}.";
    REFERENCE_WITHOUT_NATURE = "do_reference_without_nature",
        fr: "Une référence dit à quelle fin elle est faite (credit/nature).",
        es: "Una referencia dice con qué finalidad se hace (credit/nature).",
        en: "A reference says to what end it is made (credit/nature).";
    NATURE_NOT_FOR_TYPE = "do_nature_not_for_type",
        fr: "Le document {kind} n'admet comme nature que : {allowed}.",
        es: "El comprobante {kind} solo admite como naturaleza: {allowed}.",
        en: "A {kind} takes as nature only: {allowed}.";
    NCF_SHAPE = "do_ncf_shape",
        fr: "Un NCF commence par E (13 caractères), B (11) ou A et P (19).",
        es: "Un NCF comienza con E (13 caracteres), B (11) o A y P (19).",
        en: "An NCF begins with E (13 characters), B (11), or A and P (19).";
    NCF_NOT_EQUIVALENT = "do_ncf_not_equivalent",
        fr: "Un document qui en remplace un autre émis en contingence est du même type : {expected} remplace un NCF de type {type}.",
        es: "Un comprobante que reemplaza otro emitido en contingencia es del mismo tipo: {expected} reemplaza un NCF de tipo {type}.",
        en: "A document that replaces one issued in contingency is of its type: {expected} replaces an NCF of type {type}.";
    NOT_A_CONSUMER_INVOICE = "do_not_a_consumer_invoice",
        fr: "Cette référence ne peut désigner qu'une facture de consommation électronique (E32).",
        es: "Esta referencia solo puede indicar una factura de consumo electrónica (E32).",
        en: "This reference can name an electronic consumer invoice only (E32).";
    NOTE_ABOVE_ORIGINAL = "do_note_above_original",
        fr: "La note de crédit fait {total} ; le document modifié, {original}.",
        es: "La nota de crédito suma {total}; el documento modificado, {original}.",
        en: "The credit note comes to {total}, the document that it modifies to {original}.";
    NOTE_FOR_OTHER_CUSTOMER = "do_note_for_other_customer",
        fr: "La note porte un autre numéro de client que le document modifié, {original}.",
        es: "La nota lleva otro número de comprador que el documento modificado, {original}.",
        en: "The note bears another customer's number than the document that it modifies, {original}.";
    TEXT_CORRECTION_CHARGES = "do_text_correction_charges",
        fr: "Une correction de texte ne change pas de montant : ses lignes sont du groupe non_billable ou sans valeur.",
        es: "Una corrección de texto no cambia importes: sus líneas son del grupo non_billable o sin valor.",
        en: "A text correction changes no amount: its lines are of group non_billable or without value.";
    FOREIGN_PRICE_DIFFERS = "do_foreign_price_differs",
        fr: "Au taux donné, le prix vaut {expected} dans la monnaie étrangère.",
        es: "A la tasa indicada, el precio equivale a {expected} en la moneda extranjera.",
        en: "At the given rate the price is {expected} in the foreign currency.";
    FOREIGN_PRICE_WITHOUT_EXCHANGE = "do_foreign_price_without_exchange",
        fr: "Un prix en monnaie étrangère veut une monnaie et un taux (exchange).",
        es: "Un precio en moneda extranjera requiere moneda y tasa (exchange).",
        en: "A price in a foreign currency wants a currency and a rate (exchange).";
    LINES_OUT_OF_RANGE = "do_lines_out_of_range",
        fr: "Le document a {lines} lignes : indiquez la première puis la dernière parmi elles.",
        es: "El comprobante tiene {lines} líneas: indique la primera y luego la última entre ellas.",
        en: "The document has {lines} lines: give the first and then the last among them.";
}
